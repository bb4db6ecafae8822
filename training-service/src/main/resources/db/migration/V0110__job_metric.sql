-- What workers measured while they trained. A step that another attempt does again has the later attempt's point.
CREATE TABLE job_metric (
    job_key bigint NOT NULL REFERENCES training_job,
    -- Steps done since the start of training.
    step bigint NOT NULL CHECK (step > 0),
    epoch integer NOT NULL,
    attempt integer NOT NULL,
    -- When it was told.
    time timestamptz NOT NULL,
    metrics jsonb NOT NULL,
    PRIMARY KEY (job_key, step)
);
