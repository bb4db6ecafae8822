-- The last state of training that was kept; null before the first.
ALTER TABLE training_job ADD COLUMN checkpoint jsonb;

-- Of a progress; 0 in those of earlier builds.
ALTER TABLE job_event
    ADD COLUMN step bigint NOT NULL DEFAULT 0,
    ADD COLUMN steps bigint NOT NULL DEFAULT 0,
    -- Null if the worker does not tell.
    ADD COLUMN remaining_millis bigint;
