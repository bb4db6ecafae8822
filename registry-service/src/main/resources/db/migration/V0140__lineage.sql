-- What was made with a data-set version or of another version.
CREATE INDEX model_version_dataset_version ON model_version (tenant, dataset_version) WHERE dataset_version IS NOT NULL;
CREATE INDEX model_version_parent_version ON model_version (tenant, parent_version) WHERE parent_version IS NOT NULL;
