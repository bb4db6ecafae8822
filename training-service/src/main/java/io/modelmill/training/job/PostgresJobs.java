package io.modelmill.training.job;

import io.modelmill.training.storage.Json;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Jobs and events as PostgreSQL keeps them. Changes go through {@link JobLife}. */
@ApplicationScoped
public class PostgresJobs {
    private static final String SELECT = "SELECT " + JobRows.JOB_COLUMNS + " FROM training_job ";
    private static final int SWEEP = 100;

    private final Jdbi jdbi;

    /** Works on this database. */
    public PostgresJobs(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** The job, if there is one. */
    public Optional<Job> find(JobName name) {
        return jdbi.withHandle(handle -> handle.createQuery(SELECT + "WHERE tenant = :tenant AND job_id = :job")
                .bind("tenant", name.tenant())
                .bind("job", name.job())
                .map((row, context) -> JobRows.job(row))
                .findOne());
    }

    Optional<Job> findRequest(String tenant, String requestId) {
        return jdbi.withHandle(
                handle -> handle.createQuery(SELECT + "WHERE tenant = :tenant AND request_id = :requestId")
                        .bind("tenant", tenant)
                        .bind("requestId", requestId)
                        .map((row, context) -> JobRows.job(row))
                        .findOne());
    }

    /** Newest first. */
    List<Job> list(String tenant, long belowKey, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        SELECT + "WHERE tenant = :tenant AND job_key < :below ORDER BY job_key DESC LIMIT :limit")
                .bind("tenant", tenant)
                .bind("below", belowKey)
                .bind("limit", limit)
                .map((row, context) -> JobRows.job(row))
                .list());
    }

    /** In order of sequence. */
    List<JobEvent> eventsAfter(long jobKey, long sequence, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT sequence, time, attempt, from_state, to_state,"
                        + " reason, model_version, epoch, epochs, step, steps, remaining_millis, training_millis, metrics"
                        + " FROM job_event"
                        + " WHERE job_key = :key AND sequence > :sequence ORDER BY sequence LIMIT :limit")
                .bind("key", jobKey)
                .bind("sequence", sequence)
                .bind("limit", limit)
                .map((row, context) -> JobRows.event(row))
                .list());
    }

    /** Jobs that have run, or waited, as long as they may. */
    public List<JobName> pastDeadline() {
        List<JobName> all =
                new ArrayList<>(due("deadline", "state IN ('QUEUED', 'STARTING', 'RUNNING', 'RETRY_WAIT')"));
        all.addAll(due("queue_deadline", "state = 'QUEUED'"));
        return all;
    }

    /** Jobs whose time in a state that ends by itself is over. */
    public List<JobName> due(JobState state) {
        return due("due_time", "state = '" + state + "'");
    }

    /** Those that are due the longest. */
    private List<JobName> due(String clock, String condition) {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT tenant, job_id FROM training_job WHERE end_time IS NULL"
                                + " AND " + clock + " <= clock_timestamp() AND " + condition + " ORDER BY " + clock
                                + " LIMIT "
                                + SWEEP)
                        .map((row, context) -> new JobName(row.getString("tenant"), row.getString("job_id")))
                        .list());
    }

    Optional<Job> lock(Handle transaction, JobName name) {
        return transaction
                .createQuery(SELECT + "WHERE tenant = :tenant AND job_id = :job FOR UPDATE")
                .bind("tenant", name.tenant())
                .bind("job", name.job())
                .map((row, context) -> JobRows.job(row))
                .findOne();
    }

    /** A job that may start, unless another replica is taking it. */
    Optional<Job> lockQueued(Handle transaction, long jobKey) {
        return transaction
                .createQuery(SELECT + "WHERE job_key = :key AND state = 'QUEUED' AND dependencies = 0"
                        + " AND (deadline IS NULL OR deadline > clock_timestamp()) FOR UPDATE SKIP LOCKED")
                .bind("key", jobKey)
                .map((row, context) -> JobRows.job(row))
                .findOne();
    }

    /** A job to be finalized whose time has come; its time is put off, so that no other takes it meanwhile. */
    public Optional<Job> takeFinalizing(Duration putOff) {
        return jdbi.withHandle(handle -> handle.createQuery("UPDATE training_job SET due_time = clock_timestamp()"
                        + " + :putOff * interval '1 millisecond' WHERE job_key = (SELECT job_key FROM training_job"
                        + " WHERE state = 'FINALIZING' AND end_time IS NULL AND due_time <= clock_timestamp()"
                        + " ORDER BY due_time LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING " + JobRows.JOB_COLUMNS)
                .bind("putOff", putOff.toMillis())
                .map((row, context) -> JobRows.job(row))
                .findOne());
    }

    /** Notes when a job to be finalized is looked at again. */
    public void finalizeAgain(long jobKey, Duration in) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE training_job SET due_time = clock_timestamp()"
                        + " + :in * interval '1 millisecond' WHERE job_key = :key AND state = 'FINALIZING'")
                .bind("in", in.toMillis())
                .bind("key", jobKey)
                .execute());
    }

    /** Notes the version that the registry made for a job, before it is ready. */
    public void versionMade(long jobKey, String version) {
        jdbi.useHandle(handle -> handle.createUpdate(
                        "UPDATE training_job SET model_version = :version WHERE job_key = :key AND state = 'FINALIZING'")
                .bind("version", version)
                .bind("key", jobKey)
                .execute());
    }

    /** The row of a new job, or empty if its id or its request id is taken. */
    Optional<Job> insert(Handle transaction, NewJob job, int dependencies, String reason, Instant now) {
        return transaction
                .createQuery(
                        "INSERT INTO training_job (tenant, job_id, request_id, spec, estimate, checkpoint, resource_class,"
                                + " cores, memory_bytes, gpus, priority, class_named, max_queue_millis, queue_deadline, after_jobs, dependencies,"
                                + " state, state_reason, traceparent, create_time) VALUES (:tenant,"
                                + " :job, :requestId, :spec::jsonb, :estimate::jsonb, :checkpoint::jsonb, :class, :cores,"
                                + " :memory, :gpus, :priority, :classNamed, :maxQueue, :queueDeadline, :after, :dependencies, 'QUEUED', :reason, :traceparent, :now)"
                                + " ON CONFLICT DO NOTHING RETURNING " + JobRows.JOB_COLUMNS)
                .bind("tenant", job.name().tenant())
                .bind("job", job.name().job())
                .bind("requestId", job.requestId().orElse(null))
                .bind("spec", SpecCodec.write(job.spec()))
                .bind("estimate", job.estimate().map(Json::write).orElse(null))
                .bind("checkpoint", job.checkpoint().map(Json::write).orElse(null))
                .bind("class", job.resourceClass().name())
                .bind("cores", job.resourceClass().resources().cores())
                .bind("memory", job.resourceClass().resources().memoryBytes())
                .bind("gpus", job.resourceClass().resources().gpus())
                .bind("priority", job.scheduling().priority())
                .bind("classNamed", job.scheduling().classNamed())
                .bind(
                        "maxQueue",
                        job.scheduling()
                                .maxQueueDuration()
                                .map(Duration::toMillis)
                                .orElse(null))
                .bind(
                        "queueDeadline",
                        job.scheduling()
                                .maxQueueDuration()
                                .map(wait -> Timestamp.from(now.plus(wait)))
                                .orElse(null))
                .bindArray(
                        "after",
                        String.class,
                        Dependencies.ids(job.scheduling().after()).toArray())
                .bind("dependencies", dependencies)
                .bind("reason", reason)
                .bind("traceparent", job.traceparent().orElse(null))
                .bind("now", Timestamp.from(now))
                .map((result, context) -> JobRows.job(result))
                .findOne();
    }

    Instant clock(Handle transaction) {
        return transaction
                .createQuery("SELECT clock_timestamp() AS now")
                .map((row, context) -> row.getTimestamp("now").toInstant())
                .one();
    }
}
