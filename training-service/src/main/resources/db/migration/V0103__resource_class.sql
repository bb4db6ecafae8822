-- What a job's worker may use. Jobs of earlier builds had no class: they get what small was when classes came.
ALTER TABLE training_job
    ADD COLUMN resource_class text NOT NULL DEFAULT 'small',
    ADD COLUMN cores integer NOT NULL DEFAULT 2 CHECK (cores > 0),
    ADD COLUMN memory_bytes bigint NOT NULL DEFAULT 4294967296 CHECK (memory_bytes > 0),
    ADD COLUMN gpus integer NOT NULL DEFAULT 0 CHECK (gpus >= 0);
ALTER TABLE training_job
    ALTER COLUMN resource_class DROP DEFAULT,
    ALTER COLUMN cores DROP DEFAULT,
    ALTER COLUMN memory_bytes DROP DEFAULT,
    ALTER COLUMN gpus DROP DEFAULT;

-- What an attempt holds: its job's class may change before the next.
ALTER TABLE job_attempt
    ADD COLUMN cores integer NOT NULL DEFAULT 2,
    ADD COLUMN memory_bytes bigint NOT NULL DEFAULT 4294967296,
    ADD COLUMN gpus integer NOT NULL DEFAULT 0;
ALTER TABLE job_attempt
    ALTER COLUMN cores DROP DEFAULT,
    ALTER COLUMN memory_bytes DROP DEFAULT,
    ALTER COLUMN gpus DROP DEFAULT;
