-- Versions of data sets have a format and one file or more.

CREATE TABLE dataset_version_file (
    tenant text COLLATE "C" NOT NULL,
    dataset_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    position integer NOT NULL,
    path text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, dataset_id, number, position),
    UNIQUE (tenant, dataset_id, number, path),
    FOREIGN KEY (tenant, dataset_id, number) REFERENCES dataset_version (tenant, dataset_id, number),
    FOREIGN KEY (tenant, sha256) REFERENCES artifact (tenant, sha256)
);

INSERT INTO dataset_version_file (tenant, dataset_id, number, position, path, sha256)
    SELECT tenant, dataset_id, number, 0, 'rows.csv', sha256 FROM dataset_version;

ALTER TABLE dataset_version
    DROP COLUMN sha256,
    ADD COLUMN format text NOT NULL DEFAULT 'CSV' CHECK (format IN ('CSV', 'TSV', 'NPZ', 'IDX', 'IMAGES', 'TEXT')),
    -- Rows by subset, where the files tell them apart.
    ADD COLUMN subset_row_counts json NOT NULL DEFAULT '{}';

ALTER TABLE dataset_version ALTER COLUMN format DROP DEFAULT, ALTER COLUMN subset_row_counts DROP DEFAULT;
