CREATE TABLE sweep (
    sweep_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    sweep_id text NOT NULL,
    request_id text,
    -- What its owner asked for, as the API's JSON.
    definition jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('RUNNING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    state_reason text NOT NULL,
    best_trial integer,
    create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    end_time timestamptz,
    -- When it has to be looked at again.
    due_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant, sweep_id),
    UNIQUE (tenant, request_id),
    CHECK ((end_time IS NOT NULL) = (state IN ('SUCCEEDED', 'FAILED', 'CANCELLED')))
);

CREATE INDEX sweep_by_tenant ON sweep (tenant, sweep_key);
CREATE INDEX sweep_live ON sweep (due_time) WHERE end_time IS NULL;

CREATE TABLE sweep_trial (
    sweep_key bigint NOT NULL REFERENCES sweep,
    -- From 1.
    number integer NOT NULL,
    -- Null if no job could be made; then refusal says why.
    job_key bigint UNIQUE REFERENCES training_job,
    refusal text,
    -- Why the sweep stopped it early.
    stop_reason text,
    PRIMARY KEY (sweep_key, number),
    CHECK ((job_key IS NULL) <> (refusal IS NULL))
);
