-- Training time by tenant and month: the sum of training_attempt_usage.
CREATE TABLE training_usage (
    tenant text NOT NULL,
    -- First day, by UTC.
    month date NOT NULL,
    training_millis bigint NOT NULL CHECK (training_millis >= 0),
    attempts bigint NOT NULL CHECK (attempts > 0),
    PRIMARY KEY (tenant, month)
);

-- What was counted, so that an event that is told again counts once.
CREATE TABLE training_attempt_usage (
    job text NOT NULL,
    sequence bigint NOT NULL,
    tenant text NOT NULL,
    end_time timestamptz NOT NULL,
    month date NOT NULL,
    training_millis bigint NOT NULL CHECK (training_millis >= 0),
    PRIMARY KEY (job, sequence)
);

-- How far the events are read, kept with the sums: both are true together or not at all.
CREATE TABLE training_event_offset (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
