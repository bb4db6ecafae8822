-- What people say of versions, and what they are found by.
ALTER TABLE model_version
    ADD COLUMN task text COLLATE "C" NOT NULL DEFAULT '',
    -- Rises with each change of the task, the tags or the card, which no replica need know of.
    ADD COLUMN metadata_revision bigint NOT NULL DEFAULT 0,
    -- Bytes of all files together; NULL until they are all there.
    ADD COLUMN size_bytes bigint;

UPDATE model_version v SET size_bytes = (SELECT sum(a.size_bytes) FROM model_version_file f
        JOIN artifact a USING (tenant, sha256)
        WHERE f.tenant = v.tenant AND f.model_id = v.model_id AND f.number = v.number)
    WHERE validate_time IS NOT NULL;

CREATE TABLE model_version_tag (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, model_id, number, key),
    FOREIGN KEY (tenant, model_id, number) REFERENCES model_version (tenant, model_id, number)
);

CREATE INDEX model_version_tag_value ON model_version_tag (tenant, key, value, model_id, number);

-- Apart, so that lists need not read what may be long.
CREATE TABLE model_version_card (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    card text NOT NULL,
    PRIMARY KEY (tenant, model_id, number),
    FOREIGN KEY (tenant, model_id, number) REFERENCES model_version (tenant, model_id, number)
);

-- The metrics once more, one by one, to find and to sort versions by them.
CREATE TABLE model_version_metric (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (tenant, model_id, number, name),
    FOREIGN KEY (tenant, model_id, number) REFERENCES model_version (tenant, model_id, number)
);

INSERT INTO model_version_metric (tenant, model_id, number, name, value)
    SELECT v.tenant, v.model_id, v.number, m.key, CAST(m.value AS double precision)
    FROM model_version v, json_each_text(v.metrics) m;

CREATE INDEX model_version_metric_value ON model_version_metric (tenant, name, value, model_id, number);
CREATE INDEX model_version_create_time ON model_version (tenant, create_time, model_id, number);
CREATE INDEX model_version_update_time ON model_version (tenant, update_time, model_id, number);
CREATE INDEX model_version_size_bytes ON model_version (tenant, size_bytes, model_id, number);
