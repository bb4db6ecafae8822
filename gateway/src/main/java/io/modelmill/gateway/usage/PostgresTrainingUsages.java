package io.modelmill.gateway.usage;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.List;
import java.util.OptionalLong;
import org.jdbi.v3.core.Jdbi;

/** Training time by tenant and month, and how far the events are read. */
@ApplicationScoped
class PostgresTrainingUsages {
    private final Jdbi jdbi;

    PostgresTrainingUsages(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** The first offset of a partition that was not read yet; empty if none was. */
    OptionalLong nextOffset(String topic, int partition) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT next_offset FROM training_event_offset"
                                + " WHERE topic = :topic AND partition = :partition")
                        .bind("topic", topic)
                        .bind("partition", partition)
                        .mapTo(Long.class)
                        .findOne())
                .map(OptionalLong::of)
                .orElseGet(OptionalLong::empty);
    }

    /**
     * Adds attempts to the sums of their tenants, each once however often it is told, and notes how far the partition was read, all
     * or nothing.
     */
    void add(List<ClosedAttempt> attempts, String topic, int partition, long nextOffset) {
        jdbi.useTransaction(transaction -> {
            if (!attempts.isEmpty()) {
                transaction
                        .createUpdate("WITH counted AS (INSERT INTO training_attempt_usage"
                                + " (job, sequence, tenant, end_time, month, training_millis)"
                                + " SELECT job, sequence, tenant, time::timestamptz, month::date, millis"
                                + " FROM unnest(:jobs, :sequences, :tenants, :times, :months, :millis)"
                                + " AS told (job, sequence, tenant, time, month, millis)"
                                + " ON CONFLICT (job, sequence) DO NOTHING RETURNING tenant, month, training_millis)"
                                + " INSERT INTO training_usage AS u (tenant, month, training_millis, attempts)"
                                + " SELECT tenant, month, sum(training_millis), count(*) FROM counted"
                                // In one order, so that two replicas do not wait for each other.
                                + " GROUP BY tenant, month ORDER BY tenant, month"
                                + " ON CONFLICT (tenant, month) DO UPDATE SET"
                                + " training_millis = u.training_millis + excluded.training_millis,"
                                + " attempts = u.attempts + excluded.attempts")
                        .bindArray(
                                "jobs",
                                String.class,
                                attempts.stream().map(ClosedAttempt::job).toList())
                        .bindArray(
                                "sequences",
                                Long.class,
                                attempts.stream().map(ClosedAttempt::sequence).toList())
                        .bindArray(
                                "tenants",
                                String.class,
                                attempts.stream().map(ClosedAttempt::tenant).toList())
                        .bindArray(
                                "times",
                                String.class,
                                attempts.stream()
                                        .map(attempt -> attempt.endTime().toString())
                                        .toList())
                        .bindArray(
                                "months",
                                String.class,
                                attempts.stream()
                                        .map(attempt -> attempt.month().toString())
                                        .toList())
                        .bindArray(
                                "millis",
                                Long.class,
                                attempts.stream()
                                        .map(ClosedAttempt::trainingMillis)
                                        .toList())
                        .execute();
            }
            transaction
                    .createUpdate("INSERT INTO training_event_offset (topic, partition, next_offset)"
                            + " VALUES (:topic, :partition, :next)"
                            + " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset")
                    .bind("topic", topic)
                    .bind("partition", partition)
                    .bind("next", nextOffset)
                    .execute();
        });
    }

    /** Newest month first. */
    List<TrainingUsage> list(String tenant, LocalDate before, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT month, training_millis, attempts"
                        + " FROM training_usage WHERE tenant = :tenant AND month < :before"
                        + " ORDER BY month DESC LIMIT :limit")
                .bind("tenant", tenant)
                .bind("before", before)
                .bind("limit", limit)
                .map((row, context) -> new TrainingUsage(
                        tenant,
                        YearMonth.from(row.getObject("month", LocalDate.class)),
                        Duration.ofMillis(row.getLong("training_millis")),
                        row.getLong("attempts")))
                .list());
    }
}
