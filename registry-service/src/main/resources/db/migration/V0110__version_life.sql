-- Versions are archived, revoked and deleted, and some of them brought back.
ALTER TABLE model_version
    -- The state that undeletion brings back.
    ADD COLUMN undelete_state text CHECK (undelete_state IN ('REJECTED', 'ARCHIVED', 'REVOKED', 'QUARANTINED')),
    -- The model's revision that the last change of the state made: the version's etag.
    ADD COLUMN revision bigint NOT NULL DEFAULT 0,
    -- When the state last changed.
    ADD COLUMN update_time timestamptz NOT NULL DEFAULT now();

UPDATE model_version SET
    update_time = coalesce(validate_time, create_time),
    undelete_state = CASE WHEN state = 'DELETED' THEN 'ARCHIVED' END;

ALTER TABLE model_version ADD CHECK ((state = 'DELETED') = (undelete_state IS NOT NULL));
