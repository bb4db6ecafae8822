-- That the database was set back to what a backup holds: a row for each restore until the service has drawn its conclusions. Written
-- by who restores, which may be an operator by hand. Repeatable, and IF NOT EXISTS: a restore of a backup that is older than this
-- table makes it before the service does.
CREATE TABLE IF NOT EXISTS restore_notice (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- When the backup was made; null if nobody knows.
    backup_time timestamptz,
    restore_time timestamptz NOT NULL DEFAULT now(),
    -- When what must not wait was put right; null before.
    settle_time timestamptz
);
