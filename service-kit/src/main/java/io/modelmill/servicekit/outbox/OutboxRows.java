package io.modelmill.servicekit.outbox;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** The outbox as the relay reads and changes it, in the transaction that holds the relay's lock. */
final class OutboxRows {
    private static final String COLUMNS = "e.id, e.topic, e.key, e.type, e.payload, e.traceparent, e.create_time";
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    /** Beyond it the pause is the longest anyway. */
    private static final int MOST_DOUBLINGS = 10;

    private final Handle transaction;

    OutboxRows(Handle transaction) {
        this.transaction = transaction;
    }

    /** Whether no other relay works at this outbox until the transaction ends. */
    boolean lock(long lock) {
        return transaction
                .createQuery("SELECT pg_try_advisory_xact_lock(:lock)")
                .bind("lock", lock)
                .mapTo(Boolean.class)
                .one();
    }

    /** The oldest events of keys that have not failed, in order. */
    List<OutboxRow> sendable(int limit) {
        return transaction
                .createQuery("SELECT " + COLUMNS + " FROM outbox_event e WHERE NOT EXISTS"
                        + " (SELECT FROM outbox_failed_key f WHERE f.key = e.key) ORDER BY e.id LIMIT :limit")
                .bind("limit", limit)
                .map((result, context) -> row(result))
                .list();
    }

    /** The first event of each failed key that is to be tried again. */
    List<OutboxRow> retried(int limit) {
        return transaction
                .createQuery("SELECT " + COLUMNS + " FROM outbox_failed_key f CROSS JOIN LATERAL"
                        + " (SELECT * FROM outbox_event o WHERE o.key = f.key ORDER BY o.id LIMIT 1) e"
                        + " WHERE f.retry_time <= clock_timestamp() ORDER BY f.retry_time LIMIT :limit")
                .bind("limit", limit)
                .map((result, context) -> row(result))
                .list();
    }

    /** Removes what the broker has. By id and not "up to the last": a transaction may have committed a lower id meanwhile. */
    void delete(Collection<OutboxRow> sent) {
        if (!sent.isEmpty()) {
            transaction
                    .createUpdate("DELETE FROM outbox_event WHERE id = ANY (:ids)")
                    .bindArray(
                            "ids", Long.class, sent.stream().map(OutboxRow::id).toList())
                    .execute();
        }
    }

    /** Keeps keys back for a while, twice as long with each failure. */
    void fail(Map<String, String> reasons) {
        if (reasons.isEmpty()) {
            return;
        }
        PreparedBatch batch = transaction.prepareBatch("INSERT INTO outbox_failed_key AS f"
                + " (key, reason, fail_time, retry_time) VALUES (:key, :reason, clock_timestamp(), clock_timestamp()"
                + " + :first * interval '1 millisecond') ON CONFLICT (key) DO UPDATE SET reason = :reason,"
                + " failures = f.failures + 1, retry_time = clock_timestamp() + least(:longest,"
                + " :first * (1 << least(f.failures, :doublings))) * interval '1 millisecond'");
        reasons.forEach((key, reason) -> batch.bind("key", key)
                .bind("reason", reason)
                .bind("first", FIRST_PAUSE.toMillis())
                .bind("longest", LONGEST_PAUSE.toMillis())
                .bind("doublings", MOST_DOUBLINGS)
                .add());
        var _ = batch.execute();
    }

    /** Lets keys go on whose event was taken, and those of which nothing waits any more. Answers which. */
    List<String> release(Collection<String> keys) {
        List<String> released = new ArrayList<>(transaction
                .createQuery("DELETE FROM outbox_failed_key f WHERE f.retry_time <= clock_timestamp()"
                        + " AND NOT EXISTS (SELECT FROM outbox_event e WHERE e.key = f.key) RETURNING f.key")
                .mapTo(String.class)
                .list());
        if (!keys.isEmpty()) {
            released.addAll(transaction
                    .createQuery("DELETE FROM outbox_failed_key WHERE key = ANY (:keys) RETURNING key")
                    .bindArray("keys", String.class, List.copyOf(keys))
                    .mapTo(String.class)
                    .list());
        }
        return released;
    }

    private static OutboxRow row(ResultSet result) throws SQLException {
        return new OutboxRow(
                result.getLong("id"),
                new OutboxEvent(
                        result.getString("topic"),
                        result.getString("key"),
                        result.getString("type"),
                        result.getBytes("payload")),
                result.getString("traceparent"),
                result.getTimestamp("create_time").toInstant());
    }
}
