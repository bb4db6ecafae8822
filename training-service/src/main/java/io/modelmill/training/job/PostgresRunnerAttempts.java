package io.modelmill.training.job;

import io.modelmill.training.resource.Resources;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;

/** Attempts as a runner asks for them whose workers any replica may see. */
@ApplicationScoped
public class PostgresRunnerAttempts {
    private final Jdbi jdbi;

    /** Works on this database. */
    public PostgresRunnerAttempts(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Open attempts of a runner. */
    public List<OpenAttempt> open(String runner) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT j.tenant, j.job_id, a.job_key, a.number, j.state,"
                        + " j.create_time, EXTRACT(EPOCH FROM clock_timestamp() - a.start_time) * 1000 AS age_millis"
                        + " FROM job_attempt a JOIN training_job j ON j.job_key = a.job_key"
                        + " WHERE a.end_time IS NULL AND a.runner = :runner ORDER BY a.job_key")
                .bind("runner", runner)
                .map((row, context) -> new OpenAttempt(
                        new JobName(row.getString("tenant"), row.getString("job_id")),
                        row.getLong("job_key"),
                        row.getInt("number"),
                        JobState.valueOf(row.getString("state")),
                        row.getTimestamp("create_time").toInstant(),
                        Duration.ofMillis(row.getLong("age_millis"))))
                .list());
    }

    /** How long ago an attempt ended; empty if it is open or unknown. */
    public Optional<Duration> sinceEnd(long jobKey, int number) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT EXTRACT(EPOCH FROM clock_timestamp() - end_time) * 1000 AS millis FROM job_attempt"
                                + " WHERE job_key = :key AND number = :number AND end_time IS NOT NULL")
                .bind("key", jobKey)
                .bind("number", number)
                .map((row, context) -> Duration.ofMillis(row.getLong("millis")))
                .findOne());
    }

    /**
     * Extends the leases of attempts whose workers have not begun. Those that began meanwhile, or are over, keep what they
     * have.
     */
    public void hold(Collection<OpenAttempt> starting, Duration lease) {
        jdbi.useTransaction(transaction -> {
            for (OpenAttempt attempt : starting) {
                transaction
                        .createUpdate("UPDATE job_attempt a SET lease_expire_time = clock_timestamp()"
                                + " + :lease * interval '1 millisecond' FROM training_job j WHERE j.job_key = a.job_key"
                                + " AND j.state = 'STARTING' AND a.job_key = :key AND a.number = :number"
                                + " AND a.end_time IS NULL")
                        .bind("lease", lease.toMillis())
                        .bind("key", attempt.jobKey())
                        .bind("number", attempt.number())
                        .execute();
            }
        });
    }

    /** What the open attempts of a runner use together. */
    public Taken taken(String runner) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT count(*) AS workers, coalesce(sum(cores), 0) AS cores,"
                                + " coalesce(sum(memory_bytes), 0) AS memory, coalesce(sum(gpus), 0) AS gpus FROM job_attempt"
                                + " WHERE end_time IS NULL AND runner = :runner")
                .bind("runner", runner)
                .map((row, context) -> new Taken(
                        row.getInt("workers"),
                        new Resources(row.getInt("cores"), row.getLong("memory"), row.getInt("gpus"))))
                .one());
    }

    /** Does work while no other replica does any for the same runner. It has transactions of its own. */
    public <T> T alone(String runner, Supplier<T> work) {
        return jdbi.inTransaction(transaction -> {
            transaction
                    .createQuery("SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(:runner, 0))")
                    .bind("runner", runner)
                    .mapTo(Integer.class)
                    .one();
            return work.get();
        });
    }

    /** The database's clock. */
    public Instant now() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT clock_timestamp() AS now")
                .map((row, context) -> row.getTimestamp("now").toInstant())
                .one());
    }

    /** Workers and what they use. */
    public record Taken(int workers, Resources resources) {}
}
