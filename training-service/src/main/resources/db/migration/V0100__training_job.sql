CREATE TABLE training_job (
    job_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    job_id text NOT NULL,
    request_id text,
    spec jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('QUEUED', 'ADMITTED', 'STARTING', 'RUNNING', 'FINALIZING', 'SUCCEEDED',
        'FAILED', 'CANCELLED', 'TIMED_OUT', 'CANCELLING', 'RETRY_WAIT')),
    state_reason text NOT NULL,
    -- Number of the last attempt, which is its fencing token.
    attempt_count integer NOT NULL DEFAULT 0,
    -- Attempts that the platform failed.
    failure_count integer NOT NULL DEFAULT 0,
    -- Sequence of the last event.
    last_sequence bigint NOT NULL DEFAULT 0,
    -- Of the submission: the job is one trace.
    traceparent text,
    create_time timestamptz NOT NULL,
    start_time timestamptz,
    end_time timestamptz,
    -- When the job is TIMED_OUT; set when its first attempt starts.
    deadline timestamptz,
    -- When the state has to be looked at again: end of the wait, of the grace, or next call of the registry.
    due_time timestamptz,
    progress jsonb,
    metrics jsonb NOT NULL DEFAULT '{}',
    -- What the worker reported, from FINALIZING on.
    trained jsonb,
    model_version text UNIQUE,
    UNIQUE (tenant, job_id),
    UNIQUE (tenant, request_id),
    CHECK ((end_time IS NOT NULL) = (state IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'))),
    CHECK (state <> 'SUCCEEDED' OR model_version IS NOT NULL)
);

CREATE INDEX training_job_by_tenant ON training_job (tenant, job_key);
CREATE INDEX training_job_live ON training_job (state, job_key) WHERE end_time IS NULL;

CREATE TABLE job_attempt (
    job_key bigint NOT NULL REFERENCES training_job,
    number integer NOT NULL,
    runner text NOT NULL,
    start_time timestamptz NOT NULL,
    lease_expire_time timestamptz NOT NULL,
    end_time timestamptz,
    outcome text,
    -- The worker's process; its start tells it from a later process with the same number.
    pid bigint,
    process_start_time timestamptz,
    process_end_time timestamptz,
    PRIMARY KEY (job_key, number),
    CHECK ((end_time IS NULL) = (outcome IS NULL))
);

-- At most one attempt of a job is open.
CREATE UNIQUE INDEX job_attempt_open ON job_attempt (job_key) WHERE end_time IS NULL;
CREATE INDEX job_attempt_process ON job_attempt (runner) WHERE pid IS NOT NULL AND process_end_time IS NULL;

CREATE TABLE job_event (
    job_key bigint NOT NULL REFERENCES training_job,
    sequence bigint NOT NULL,
    time timestamptz NOT NULL,
    attempt integer NOT NULL,
    -- A transition has a state that it leads to, a progress has epochs.
    from_state text,
    to_state text,
    reason text,
    model_version text,
    epoch integer,
    epochs integer,
    metrics jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (job_key, sequence),
    CHECK ((to_state IS NULL) <> (epoch IS NULL))
);

-- A terminal state is final, whatever the code does.
CREATE FUNCTION refuse_change_of_terminal_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'training job % is % and cannot change', OLD.job_id, OLD.state USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER training_job_terminal BEFORE UPDATE ON training_job
    FOR EACH ROW WHEN (OLD.end_time IS NOT NULL) EXECUTE FUNCTION refuse_change_of_terminal_job();
