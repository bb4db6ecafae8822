-- Orders a tenant's own jobs, and when a job's turn came without room for it; null before, and once it has started.
ALTER TABLE training_job
    ADD COLUMN priority integer NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100),
    ADD COLUMN turn_time timestamptz;

-- What a pass of the scheduler reads of a tenant, without touching the rows.
CREATE INDEX training_job_queued ON training_job (tenant, priority DESC, job_key)
    INCLUDE (cores, memory_bytes, gpus, deadline, turn_time) WHERE state = 'QUEUED';
CREATE INDEX training_job_turn ON training_job (turn_time) WHERE state = 'QUEUED' AND turn_time IS NOT NULL;

-- So that what a tenant holds is known from the open attempts alone.
ALTER TABLE job_attempt ADD COLUMN tenant text;
UPDATE job_attempt a SET tenant = j.tenant FROM training_job j WHERE j.job_key = a.job_key;
ALTER TABLE job_attempt ALTER COLUMN tenant SET NOT NULL;
CREATE INDEX job_attempt_held ON job_attempt (tenant) INCLUDE (cores, memory_bytes, gpus) WHERE end_time IS NULL;
CREATE INDEX job_attempt_gpus ON job_attempt (tenant, end_time) WHERE gpus > 0;

CREATE SEQUENCE queue_turn;

-- Every tenant with a QUEUED job, and for a while some whose last has left. A job joins the queue with a key-share lock on
-- its tenant's row, so that none is taken away while a job joins.
CREATE TABLE queue_tenant (
    tenant text PRIMARY KEY,
    -- Rises with each start: who has the lowest had its last turn before all others. No unique index: that would make it a
    -- key, and a start would wait for all that join.
    turn bigint NOT NULL DEFAULT nextval('queue_turn')
);
CREATE INDEX queue_tenant_turn ON queue_tenant (turn);
INSERT INTO queue_tenant (tenant) SELECT DISTINCT tenant FROM training_job WHERE state = 'QUEUED';

-- What an administrator granted a tenant; null leaves it to the configuration.
CREATE TABLE tenant_quota (
    tenant text PRIMARY KEY,
    max_running_jobs integer CHECK (max_running_jobs >= 0),
    max_cores integer CHECK (max_cores >= 0),
    max_gpus integer CHECK (max_gpus >= 0),
    max_gpu_hours_per_month double precision CHECK (max_gpu_hours_per_month >= 0),
    weight double precision CHECK (weight > 0)
);
