package io.modelmill.servicekit.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Sends the outbox to Kafka, in order per key, at least once: an event's row is deleted after the broker has it. Over all
 * replicas of a service one relay works at a time, held apart by an advisory lock of the database. Failures are logged
 * and tried again for ever; nothing is dropped.
 */
public final class OutboxRelay implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(OutboxRelay.class);
    /** Any constant will do: the lock is known to one database alone. */
    private static final long LOCK = 0x6d6f64656c6d696cL;

    private static final int BATCH = 500;
    private static final Duration IDLE = Duration.ofMillis(250);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final Jdbi jdbi;
    private final Producer<String, byte[]> producer;
    private final String source;
    private final Semaphore wake = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param producer with {@code acks=all} and idempotence, or the order is not kept; not closed by the relay
     * @param source CloudEvents source, such as {@code //modelmill/registry-service}
     */
    public OutboxRelay(Jdbi jdbi, Producer<String, byte[]> producer, String source) {
        this.jdbi = jdbi;
        this.producer = producer;
        this.source = source;
        this.thread = Thread.ofVirtual().name("outbox-relay").unstarted(this::relay);
    }

    /** Begins to send. */
    public void start() {
        thread.start();
    }

    /** Says that a transaction with an event has committed, so that it is sent at once and not at the next look. */
    public void wake() {
        wake.release();
    }

    @Override
    public void close() {
        closed = true;
        wake.release();
        boolean interrupted = false;
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void relay() {
        while (!closed) {
            Duration pause = IDLE;
            try {
                if (jdbi.inTransaction(this::sendBatch) == BATCH) {
                    continue;
                }
            } catch (RuntimeException failure) {
                LOG.warnf("events could not be sent, trying again: %s", failure.getMessage());
                pause = AFTER_FAILURE;
            } catch (InterruptedException e) {
                return;
            }
            try {
                if (wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private int sendBatch(Handle transaction) throws InterruptedException {
        boolean alone = transaction
                .createQuery("SELECT pg_try_advisory_xact_lock(:lock)")
                .bind("lock", LOCK)
                .mapTo(Boolean.class)
                .one();
        if (!alone) {
            return 0;
        }
        List<Row> rows = transaction
                .createQuery("SELECT id, topic, key, type, payload, traceparent, create_time"
                        + " FROM outbox_event ORDER BY id LIMIT :limit")
                .bind("limit", BATCH)
                .map((result, context) -> new Row(
                        result.getLong("id"),
                        new OutboxEvent(
                                result.getString("topic"),
                                result.getString("key"),
                                result.getString("type"),
                                result.getBytes("payload")),
                        result.getString("traceparent"),
                        result.getTimestamp("create_time").toInstant()))
                .list();
        List<Future<RecordMetadata>> sent = new ArrayList<>(rows.size());
        for (Row row : rows) {
            Future<RecordMetadata> acknowledgement = producer.send(record(row));
            sent.add(acknowledgement);
            if (acknowledgement.state() == Future.State.FAILED) {
                // No broker answers: each further send would wait as long, with the transaction open.
                break;
            }
        }
        producer.flush();
        for (Future<RecordMetadata> acknowledgement : sent) {
            try {
                acknowledgement.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("the broker did not take an event: " + e.getCause(), e);
            }
        }
        if (!rows.isEmpty()) {
            // By id and not "up to the last": a transaction may have committed a lower id meanwhile.
            transaction
                    .createUpdate("DELETE FROM outbox_event WHERE id = ANY (:ids)")
                    .bindArray("ids", Long.class, rows.stream().map(Row::id).toList())
                    .execute();
        }
        return rows.size();
    }

    private ProducerRecord<String, byte[]> record(Row row) {
        OutboxEvent event = row.event();
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(event.topic(), event.key(), event.payload());
        record.headers()
                .add("ce_specversion", "1.0".getBytes(UTF_8))
                .add("ce_id", Long.toString(row.id()).getBytes(UTF_8))
                .add("ce_source", source.getBytes(UTF_8))
                .add("ce_type", event.type().getBytes(UTF_8))
                .add("ce_subject", event.key().getBytes(UTF_8))
                .add("ce_time", row.createTime().toString().getBytes(UTF_8))
                .add("content-type", "application/protobuf".getBytes(UTF_8));
        if (row.traceparent() != null) {
            record.headers().add("traceparent", row.traceparent().getBytes(UTF_8));
        }
        return record;
    }

    private record Row(long id, OutboxEvent event, @Nullable String traceparent, Instant createTime) {}
}
