-- How long a tenant's jobs take, for what is told of those that wait.
CREATE INDEX job_attempt_trained ON job_attempt (tenant, end_time DESC) INCLUDE (training_millis) WHERE outcome = 'TRAINED';
