package io.modelmill.training.job;

import io.modelmill.training.quota.PostgresQuotas;
import io.modelmill.training.quota.Quota;
import io.modelmill.training.quota.Usage;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Tells tenants where their jobs stand. Of others it tells nothing: a position counts the tenant's own jobs, and the estimate is
 * made of how long its own jobs took of late and how many of them run now.
 */
@ApplicationScoped
class QueueStandings {
    /** So many of a tenant's last attempts tell how long one takes. */
    private static final int SAMPLE = 20;

    private final Jdbi jdbi;
    private final PostgresQuotas quotas;

    QueueStandings(Jdbi jdbi, PostgresQuotas quotas) {
        this.jdbi = jdbi;
        this.quotas = quotas;
    }

    /** Where those of a tenant's jobs stand that wait, by key. */
    Map<Long, QueueStanding> of(String tenant, Collection<Job> jobs) {
        List<Job> waiting = jobs.stream()
                .filter(job -> job.state() == JobState.QUEUED || job.state() == JobState.RETRY_WAIT)
                .toList();
        if (waiting.isEmpty()) {
            return Map.of();
        }
        return jdbi.withHandle(handle -> {
            Map<Long, Integer> positions = positions(handle, tenant, waiting);
            Quota quota = quotas.quota(handle, tenant);
            Usage usage = quotas.usage(handle, tenant, quota);
            Optional<Duration> each = meanTime(handle, tenant);
            Map<Long, QueueStanding> standings = new HashMap<>();
            for (Job job : waiting) {
                standings.put(
                        job.key(), standing(job, Optional.ofNullable(positions.get(job.key())), quota, usage, each));
            }
            return standings;
        });
    }

    private static QueueStanding standing(
            Job job, Optional<Integer> position, Quota quota, Usage usage, Optional<Duration> each) {
        if (job.state() == JobState.RETRY_WAIT) {
            return otherwise("the wait before another attempt, until "
                    + job.dueTime().map(Instant::toString).orElse("now"));
        }
        if (job.dependencies() > 0) {
            return otherwise(job.dependencies() + " of the jobs that it comes after");
        }
        Optional<String> refusal = quota.refuses(usage, job.resourceClass().resources());
        if (refusal.isPresent()) {
            return new QueueStanding(position, Optional.empty(), refusal.get());
        }
        Optional<Instant> start = position.flatMap(place -> each.map(time ->
                Instant.now().plus(time.multipliedBy(place).dividedBy(Math.max(1, usage.runningJobs())))));
        return new QueueStanding(
                position,
                start,
                quota.blocks(usage, job.resourceClass().resources()).orElse("its turn, and room for its worker"));
    }

    private static QueueStanding otherwise(String waitsFor) {
        return new QueueStanding(Optional.empty(), Optional.empty(), waitsFor);
    }

    private static Map<Long, Integer> positions(Handle handle, String tenant, List<Job> waiting) {
        List<Job> queued = waiting.stream()
                .filter(job -> job.state() == JobState.QUEUED && job.dependencies() == 0)
                .toList();
        Map<Long, Integer> positions = new HashMap<>();
        if (queued.size() == 1) {
            Job job = queued.getFirst();
            positions.put(job.key(), 1 + before(handle, tenant, job));
        } else if (!queued.isEmpty()) {
            handle.createQuery("SELECT job_key, place FROM (SELECT job_key, row_number() OVER"
                            + " (ORDER BY priority DESC, job_key) AS place FROM training_job WHERE state = 'QUEUED'"
                            + " AND dependencies = 0 AND tenant = :tenant) q WHERE job_key = ANY(:keys)")
                    .bind("tenant", tenant)
                    .bindArray("keys", Long.class, queued.stream().map(Job::key).toArray())
                    .map((row, context) -> positions.put(row.getLong("job_key"), row.getInt("place")))
                    .list();
        }
        return positions;
    }

    private static int before(Handle handle, String tenant, Job job) {
        return handle.createQuery("SELECT count(*) FROM training_job WHERE state = 'QUEUED' AND dependencies = 0"
                        + " AND tenant = :tenant AND priority >= :priority"
                        + " AND (priority > :priority OR job_key < :key)")
                .bind("tenant", tenant)
                .bind("priority", job.scheduling().priority())
                .bind("key", job.key())
                .mapTo(Integer.class)
                .one();
    }

    private static Optional<Duration> meanTime(Handle handle, String tenant) {
        return handle.createQuery("SELECT avg(training_millis) AS millis FROM (SELECT training_millis FROM job_attempt"
                        + " WHERE tenant = :tenant AND outcome = 'TRAINED'"
                        + " ORDER BY end_time DESC LIMIT " + SAMPLE + ") last")
                .bind("tenant", tenant)
                .map((row, context) -> Optional.ofNullable(row.getObject("millis", BigDecimal.class)))
                .one()
                .map(millis -> Duration.ofMillis(millis.longValue()));
    }
}
