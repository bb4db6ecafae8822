ALTER TABLE job_attempt
    -- When it entered RUNNING; null if it never did.
    ADD COLUMN run_time timestamptz,
    -- From then until its end, whole milliseconds; null while it is open. 0 of attempts of earlier builds.
    ADD COLUMN training_millis bigint;
UPDATE job_attempt SET training_millis = 0 WHERE end_time IS NOT NULL;
ALTER TABLE job_attempt ADD CHECK ((end_time IS NULL) = (training_millis IS NULL)), ADD CHECK (training_millis >= 0);

-- Of the transition that ends an attempt.
ALTER TABLE job_event ADD COLUMN training_millis bigint;
