-- Deleted versions are purged after a time: their files go, and the row stays. A version that waits for files can be deleted.
ALTER TABLE model_version
    DROP CONSTRAINT model_version_state_check,
    ADD CONSTRAINT model_version_state_check CHECK (state IN ('PENDING_UPLOAD', 'VALIDATING', 'READY', 'REJECTED', 'ARCHIVED',
        'REVOKED', 'QUARANTINED', 'DELETED', 'PURGED')),
    DROP CONSTRAINT model_version_undelete_state_check,
    ADD CONSTRAINT model_version_undelete_state_check CHECK (undelete_state IN ('PENDING_UPLOAD', 'REJECTED', 'ARCHIVED',
        'REVOKED', 'QUARANTINED')),
    -- The second of the table's own: that DELETED has an undelete_state.
    DROP CONSTRAINT model_version_check1,
    ADD COLUMN delete_time timestamptz,
    -- When the version may be purged, or was.
    ADD COLUMN purge_time timestamptz;

-- Deleted before there was any promise of how long they are kept: they get the usual time from now on.
UPDATE model_version SET delete_time = update_time, purge_time = now() + interval '30 days' WHERE state = 'DELETED';

ALTER TABLE model_version
    ADD CONSTRAINT model_version_deleted_check CHECK ((state IN ('DELETED', 'PURGED')) = (undelete_state IS NOT NULL)
        AND (undelete_state IS NOT NULL) = (delete_time IS NOT NULL)
        AND (delete_time IS NOT NULL) = (purge_time IS NOT NULL));

ALTER TABLE dataset_version
    ADD COLUMN state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'DELETED', 'PURGED')),
    -- Rises with every change of the state: the version's etag.
    ADD COLUMN revision bigint NOT NULL DEFAULT 1,
    ADD COLUMN delete_time timestamptz,
    ADD COLUMN purge_time timestamptz,
    ADD CONSTRAINT dataset_version_deleted_check CHECK ((state = 'ACTIVE') = (delete_time IS NULL)
        AND (delete_time IS NULL) = (purge_time IS NULL));
