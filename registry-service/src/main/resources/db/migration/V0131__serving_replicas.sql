-- Replicas of inference-service that report what they serve. Rows of gone ones are removed.
CREATE TABLE serving_replica (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    -- Of one process: what an earlier one of the name sends late is refused.
    session uuid NOT NULL,
    -- Of the last report that was taken.
    sequence bigint NOT NULL,
    expire_time timestamptz NOT NULL
);

-- What a replica has told of a model. No reference to the model, whose row a report need not lock.
CREATE TABLE serving_replica_model (
    tenant text COLLATE "C" NOT NULL,
    model_id text COLLATE "C" NOT NULL,
    replica text COLLATE "C" NOT NULL REFERENCES serving_replica (name) ON DELETE CASCADE,
    -- The model's revision that it has applied.
    revision bigint NOT NULL,
    aliases json NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (tenant, model_id, replica)
);

CREATE INDEX serving_replica_model_replica ON serving_replica_model (replica);
