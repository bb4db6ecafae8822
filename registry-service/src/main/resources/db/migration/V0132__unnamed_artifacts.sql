-- Artifacts that nobody names go after a time, which for those that are there begins now.
ALTER TABLE artifact
    -- When the artifact was last uploaded or asked for. Not indexed, so that a change of it costs no index anything.
    ADD COLUMN name_time timestamptz NOT NULL DEFAULT now();

-- Who names an artifact.
CREATE INDEX model_version_file_artifact ON model_version_file (tenant, sha256);
CREATE INDEX dataset_version_file_artifact ON dataset_version_file (tenant, sha256);
CREATE INDEX artifact_upload_artifact ON artifact_upload (tenant, sha256);

-- What waits to be purged is few among many.
CREATE INDEX model_version_deleted ON model_version (tenant, model_id, number) WHERE state = 'DELETED';
CREATE INDEX dataset_version_deleted ON dataset_version (tenant, dataset_id, number) WHERE state = 'DELETED';
