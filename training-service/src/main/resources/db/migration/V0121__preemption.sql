ALTER TABLE training_job DROP CONSTRAINT training_job_state_check;
ALTER TABLE training_job ADD CONSTRAINT training_job_state_check CHECK (state IN ('QUEUED', 'ADMITTED', 'STARTING',
    'RUNNING', 'FINALIZING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'CANCELLING', 'PREEMPTED', 'RETRY_WAIT'));
ALTER TABLE training_job
    -- How often it gave its place to another job.
    ADD COLUMN preemption_count integer NOT NULL DEFAULT 0,
    -- What is left of max_duration while it waits after that; null otherwise.
    ADD COLUMN time_left_millis bigint;

-- When the attempt was asked to give its place to another job; null if it was not.
ALTER TABLE job_attempt ADD COLUMN yield_time timestamptz;
CREATE INDEX job_attempt_yield ON job_attempt (yield_time) WHERE end_time IS NULL AND yield_time IS NOT NULL;
