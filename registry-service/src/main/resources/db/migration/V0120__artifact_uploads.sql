-- Uploads of many calls: how much of their bytes is on disk.
CREATE TABLE artifact_upload (
    tenant text COLLATE "C" NOT NULL,
    upload_id text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    committed_bytes bigint NOT NULL DEFAULT 0 CHECK (committed_bytes BETWEEN 0 AND size_bytes),
    -- The file that grows. Never used again, so that whoever still writes for an upload that is gone changes no other's bytes.
    part_id uuid NOT NULL UNIQUE,
    create_time timestamptz NOT NULL DEFAULT now(),
    expire_time timestamptz NOT NULL,
    PRIMARY KEY (tenant, upload_id)
);

CREATE INDEX artifact_upload_expire_time ON artifact_upload (expire_time);
