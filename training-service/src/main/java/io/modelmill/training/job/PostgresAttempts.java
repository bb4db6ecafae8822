package io.modelmill.training.job;

import io.modelmill.training.job.Attempt.Outcome;
import io.modelmill.training.job.Attempt.WorkerProcess;
import io.modelmill.training.resource.Resources;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Attempts as PostgreSQL keeps them. They are opened and closed by {@link JobLife}. */
@ApplicationScoped
public class PostgresAttempts {
    private static final String SELECT =
            "SELECT " + JobRows.ATTEMPT_COLUMNS + " FROM job_attempt a JOIN training_job j ON j.job_key = a.job_key ";

    private final Jdbi jdbi;

    /** Works on this database. */
    public PostgresAttempts(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** One attempt. */
    public Optional<Attempt> find(Handle handle, long jobKey, long number) {
        return handle.createQuery(SELECT + "WHERE a.job_key = :key AND a.number = :number")
                .bind("key", jobKey)
                .bind("number", number)
                .map((row, context) -> JobRows.attempt(row))
                .findOne();
    }

    /** Open attempts whose lease has ended. */
    public List<Attempt> expired() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        SELECT + "WHERE a.end_time IS NULL AND a.lease_expire_time <= clock_timestamp() LIMIT 100")
                .map((row, context) -> JobRows.attempt(row))
                .list());
    }

    /** Attempts of a runner whose process was not yet seen to end. */
    public List<Attempt> withProcess(String runner) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        SELECT + "WHERE a.runner = :runner AND a.pid IS NOT NULL AND a.process_end_time IS NULL")
                .bind("runner", runner)
                .map((row, context) -> JobRows.attempt(row))
                .list());
    }

    /** Notes the attempt's process. */
    public void processStarted(long jobKey, int number, WorkerProcess process) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE job_attempt SET pid = :pid, process_start_time = :start"
                        + " WHERE job_key = :key AND number = :number")
                .bind("pid", process.pid())
                .bind("start", Timestamp.from(process.startTime()))
                .bind("key", jobKey)
                .bind("number", number)
                .execute());
    }

    /** Notes that the attempt's process is no more. */
    public void processEnded(long jobKey, int number) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE job_attempt SET process_end_time = clock_timestamp()"
                        + " WHERE job_key = :key AND number = :number")
                .bind("key", jobKey)
                .bind("number", number)
                .execute());
    }

    void open(LockedJob locked, int number, String runner, Duration lease) {
        Resources resources = locked.job().resourceClass().resources();
        locked.transaction()
                .createUpdate("INSERT INTO job_attempt (job_key, tenant, number, runner, start_time, lease_expire_time,"
                        + " cores, memory_bytes, gpus)"
                        + " VALUES (:key, :tenant, :number, :runner, :now, :expire, :cores, :memory, :gpus)")
                .bind("key", locked.job().key())
                .bind("tenant", locked.job().name().tenant())
                .bind("number", number)
                .bind("runner", runner)
                .bind("now", Timestamp.from(locked.now()))
                .bind("expire", Timestamp.from(locked.now().plus(lease)))
                .bind("cores", resources.cores())
                .bind("memory", resources.memoryBytes())
                .bind("gpus", resources.gpus())
                .execute();
    }

    /** Notes that the open attempt begins to train. */
    void run(LockedJob locked) {
        locked.transaction()
                .createUpdate("UPDATE job_attempt SET run_time = :now WHERE job_key = :key AND end_time IS NULL")
                .bind("now", Timestamp.from(locked.now()))
                .bind("key", locked.job().key())
                .execute();
    }

    /** Ends the open attempt, and answers how long it trained. */
    Duration close(LockedJob locked, Outcome outcome) {
        return locked.transaction()
                .createQuery("UPDATE job_attempt SET end_time = :now, outcome = :outcome, training_millis = coalesce("
                        // A clock that was set back must not undo what others trained.
                        + "greatest(floor(extract(epoch FROM :now::timestamptz - run_time) * 1000), 0), 0)"
                        + " WHERE job_key = :key AND end_time IS NULL RETURNING training_millis")
                .bind("now", Timestamp.from(locked.now()))
                .bind("outcome", outcome)
                .bind("key", locked.job().key())
                .map((row, context) -> Duration.ofMillis(row.getLong("training_millis")))
                .one();
    }

    /** Extends the lease of the job's open attempt. */
    public Extended extend(LockedJob locked, Duration lease) {
        Instant expire = locked.now().plus(lease);
        return locked.transaction()
                .createQuery("UPDATE job_attempt SET lease_expire_time = :expire"
                        + " WHERE job_key = :key AND end_time IS NULL RETURNING yield_time IS NOT NULL AS yields")
                .bind("expire", Timestamp.from(expire))
                .bind("key", locked.job().key())
                .map((row, context) -> new Extended(expire, row.getBoolean("yields")))
                .one();
    }

    /** Asks an open attempt to give its place to another job; it learns so with its lease. */
    void askToYield(long jobKey, int number) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE job_attempt SET yield_time = clock_timestamp()"
                        + " WHERE job_key = :key AND number = :number AND end_time IS NULL AND yield_time IS NULL")
                .bind("key", jobKey)
                .bind("number", number)
                .execute());
    }

    /** Open attempts that were asked for their places so long ago. */
    public List<Attempt> askedToYield(Duration ago) {
        return jdbi.withHandle(handle -> handle.createQuery(SELECT
                        + "WHERE a.end_time IS NULL AND a.yield_time <= clock_timestamp()"
                        + " - :ago * interval '1 millisecond' LIMIT 100")
                .bind("ago", ago.toMillis())
                .map((row, context) -> JobRows.attempt(row))
                .list());
    }

    /**
     * A lease that was extended.
     *
     * @param yieldRequested whether another job wants the attempt's place
     */
    public record Extended(Instant expireTime, boolean yieldRequested) {}
}
