-- Ids sort by byte, as resource names do, whatever the database's locale.

CREATE TABLE artifact (
    tenant text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    create_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, sha256)
);

CREATE TABLE model (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    description text NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('PRIVATE', 'SHARED')),
    shared_with text[] NOT NULL,
    device text NOT NULL,
    instances integer NOT NULL,
    max_batch_size integer NOT NULL,
    memory_hint_bytes bigint NOT NULL,
    -- Rises with every change of the model, its versions or its aliases.
    revision bigint NOT NULL,
    -- The revision that the last change of the model's own fields made: its etag.
    own_revision bigint NOT NULL,
    last_version bigint NOT NULL DEFAULT 0,
    request_id text,
    create_time timestamptz NOT NULL DEFAULT now(),
    update_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, model_id),
    UNIQUE (tenant, request_id)
);

CREATE TABLE model_version (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL CHECK (number >= 1),
    state text NOT NULL CHECK (state IN ('PENDING_UPLOAD', 'VALIDATING', 'READY', 'REJECTED', 'ARCHIVED', 'REVOKED',
        'QUARANTINED', 'DELETED')),
    state_reason text NOT NULL DEFAULT '',
    class_labels text[] NOT NULL,
    metrics json NOT NULL,
    signature json,
    training_job text,
    dataset_version text,
    parent_version text,
    -- Aliases that the version takes when it becomes READY.
    requested_aliases text[] NOT NULL,
    -- Trace of the call that made the version, continued by its validation.
    traceparent text,
    request_id text,
    create_time timestamptz NOT NULL DEFAULT now(),
    validate_time timestamptz,
    PRIMARY KEY (tenant, model_id, number),
    FOREIGN KEY (tenant, model_id) REFERENCES model (tenant, model_id),
    UNIQUE (tenant, model_id, request_id),
    -- A job publishes at most one version, in whatever model.
    UNIQUE (training_job),
    CHECK (state <> 'READY' OR signature IS NOT NULL)
);

-- What the validation looks for again and again is few among many.
CREATE INDEX model_version_open ON model_version (create_time) WHERE state IN ('PENDING_UPLOAD', 'VALIDATING');

CREATE TABLE model_version_file (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    position integer NOT NULL,
    path text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ONNX_MODEL', 'EXTERNAL_DATA', 'TOKENIZER', 'OTHER')),
    sha256 text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, model_id, number, position),
    UNIQUE (tenant, model_id, number, path),
    FOREIGN KEY (tenant, model_id, number) REFERENCES model_version (tenant, model_id, number)
);

CREATE TABLE model_alias (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    alias_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    -- The model's revision that the last move made.
    revision bigint NOT NULL,
    update_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, model_id, alias_id),
    FOREIGN KEY (tenant, model_id, number) REFERENCES model_version (tenant, model_id, number)
);

CREATE TABLE dataset (
    tenant text COLLATE "C" NOT NULL,
    dataset_id text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    description text NOT NULL,
    last_version bigint NOT NULL DEFAULT 0,
    request_id text,
    create_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, dataset_id),
    UNIQUE (tenant, request_id)
);

CREATE TABLE dataset_version (
    tenant text COLLATE "C" NOT NULL,
    dataset_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL CHECK (number >= 1),
    sha256 text COLLATE "C" NOT NULL,
    row_count bigint NOT NULL,
    columns json NOT NULL,
    request_id text,
    create_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, dataset_id, number),
    FOREIGN KEY (tenant, dataset_id) REFERENCES dataset (tenant, dataset_id),
    FOREIGN KEY (tenant, sha256) REFERENCES artifact (tenant, sha256),
    UNIQUE (tenant, dataset_id, request_id)
);
