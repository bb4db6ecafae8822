-- Keys whose next event the broker refused: their events wait behind it, all others go on. Repeatable, and so applied after the
-- services' own migrations: a number here would lie below theirs.
CREATE TABLE IF NOT EXISTS outbox_failed_key (
    key text PRIMARY KEY,
    reason text NOT NULL,
    -- Tries of the event so far.
    failures integer NOT NULL DEFAULT 1,
    fail_time timestamptz NOT NULL,
    retry_time timestamptz NOT NULL
);

-- The first event of a key, when it is tried again.
CREATE INDEX IF NOT EXISTS outbox_event_by_key ON outbox_event (key, id);
