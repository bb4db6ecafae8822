package io.modelmill.training.job;

import com.fasterxml.jackson.core.type.TypeReference;
import io.modelmill.training.storage.Json;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Timestamp;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Jdbi;

/** Metric points as PostgreSQL keeps them, one for each step that was told of. */
@ApplicationScoped
public class PostgresMetrics {
    private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};

    private final Jdbi jdbi;

    /** Works on this database. */
    public PostgresMetrics(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Adds what the current attempt tells, in one statement. Its points take the place of those that earlier attempts left on the
     * same stretch of steps; told again, they change nothing. What does not say its step is left out.
     */
    public void add(LockedJob locked, List<JobProgress> points) {
        TreeMap<Long, JobProgress> byStep = new TreeMap<>();
        for (JobProgress point : points) {
            if (point.step() > 0) {
                // The end of an epoch says more than its last step.
                byStep.merge(point.step(), point, (before, after) -> after.epoch() >= before.epoch() ? after : before);
            }
        }
        if (byStep.isEmpty()) {
            return;
        }
        long told = locked.job().progress().map(JobProgress::step).orElse(Long.MAX_VALUE);
        forgetEarlierAttempts(locked, Math.min(told, byStep.firstKey()), byStep.lastKey());
        insert(locked, byStep.values());
    }

    private static void forgetEarlierAttempts(LockedJob locked, long from, long to) {
        locked.transaction()
                .createUpdate("DELETE FROM job_metric WHERE job_key = :key AND step BETWEEN :from AND :to"
                        + " AND attempt < :attempt")
                .bind("key", locked.job().key())
                .bind("from", from)
                .bind("to", to)
                .bind("attempt", locked.job().attempt())
                .execute();
    }

    private static void insert(LockedJob locked, Collection<JobProgress> points) {
        locked.transaction()
                .createUpdate("INSERT INTO job_metric AS m (job_key, step, epoch, attempt, time, metrics)"
                        + " SELECT :key, step, epoch, :attempt, :now, metrics::jsonb"
                        + " FROM unnest(:steps, :epochs, :metrics) AS point (step, epoch, metrics)"
                        + " ON CONFLICT (job_key, step) DO UPDATE SET epoch = excluded.epoch,"
                        + " attempt = excluded.attempt, metrics = excluded.metrics"
                        + " WHERE m.attempt < excluded.attempt OR m.epoch < excluded.epoch")
                .bind("key", locked.job().key())
                .bind("attempt", locked.job().attempt())
                .bind("now", Timestamp.from(locked.now()))
                .bindArray(
                        "steps",
                        Long.class,
                        points.stream().map(JobProgress::step).toList())
                .bindArray(
                        "epochs",
                        Integer.class,
                        points.stream().map(JobProgress::epoch).toList())
                .bindArray(
                        "metrics",
                        String.class,
                        points.stream()
                                .map(point -> Json.write(point.metrics()))
                                .toList())
                .execute();
    }

    /** In order of step. */
    List<MetricPoint> after(long jobKey, long step, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT step, epoch, attempt, time, metrics FROM job_metric"
                        + " WHERE job_key = :key AND step > :step ORDER BY step LIMIT :limit")
                .bind("key", jobKey)
                .bind("step", step)
                .bind("limit", limit)
                .map((row, context) -> new MetricPoint(
                        row.getLong("step"),
                        row.getInt("epoch"),
                        row.getInt("attempt"),
                        row.getTimestamp("time").toInstant(),
                        Json.read(row.getString("metrics"), METRICS)))
                .list());
    }
}
