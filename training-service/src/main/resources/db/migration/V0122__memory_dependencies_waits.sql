ALTER TABLE training_job
    -- Whether the owner named the class, which is then never changed.
    ADD COLUMN class_named boolean NOT NULL DEFAULT false,
    -- The class in which its memory did not suffice; null if it did so far.
    ADD COLUMN class_before text,
    -- Longest wait for its first attempt; null if there is no bound.
    ADD COLUMN max_queue_millis bigint,
    -- When that is over; null once the first attempt has started.
    ADD COLUMN queue_deadline timestamptz,
    -- Ids of jobs of the tenant that it comes after, as they were told.
    ADD COLUMN after_jobs text[] NOT NULL DEFAULT '{}',
    -- How many of them have not succeeded yet.
    ADD COLUMN dependencies integer NOT NULL DEFAULT 0 CHECK (dependencies >= 0);

-- What has not succeeded when the job is submitted. Only jobs that exist can be named: keys rise along each line, and no cycle is
-- possible.
CREATE TABLE job_dependency (
    after_key bigint NOT NULL REFERENCES training_job,
    job_key bigint NOT NULL REFERENCES training_job,
    PRIMARY KEY (after_key, job_key),
    CHECK (after_key < job_key)
);

DROP INDEX training_job_queued;
CREATE INDEX training_job_queued ON training_job (tenant, priority DESC, job_key)
    INCLUDE (cores, memory_bytes, gpus, deadline, turn_time) WHERE state = 'QUEUED' AND dependencies = 0;

-- What ends by the clock is found without a look at all that waits.
CREATE INDEX training_job_deadline ON training_job (deadline) WHERE end_time IS NULL AND deadline IS NOT NULL;
CREATE INDEX training_job_queue_deadline ON training_job (queue_deadline)
    WHERE end_time IS NULL AND queue_deadline IS NOT NULL;
CREATE INDEX training_job_due ON training_job (state, due_time) WHERE end_time IS NULL AND due_time IS NOT NULL;
