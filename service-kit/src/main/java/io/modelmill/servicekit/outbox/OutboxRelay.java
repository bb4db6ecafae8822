package io.modelmill.servicekit.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.RetriableException;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Sends the outbox to Kafka, in order per key, at least once: an event's row is deleted after the broker has it. Over all
 * replicas of a service one relay works at a time, held apart by an advisory lock of the database. A key whose event is refused
 * waits by itself, as {@code outbox_failed_key} tells; all other keys go on. Failures are logged and tried again for ever;
 * nothing is dropped.
 */
public final class OutboxRelay implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(OutboxRelay.class);
    /** Any constant will do: the lock is known to one database alone. */
    private static final long LOCK = 0x6d6f64656c6d696cL;

    private static final int BATCH = 500;
    private static final int RETRIES = 100;
    private static final int LOGGED = 10;
    private static final int LONGEST_REASON = 500;
    private static final Duration IDLE = Duration.ofMillis(250);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final Jdbi jdbi;
    private final Supplier<? extends Producer<String, byte[]>> producers;
    private final String source;
    private final Semaphore wake = new Semaphore(0);
    private final Thread thread;
    private @Nullable Producer<String, byte[]> producer;
    private volatile boolean closed;

    /**
     * @param producers opens one with {@code acks=all} and idempotence, or the order is not kept; closed by the relay, which
     *     takes another when one is beyond use
     * @param source CloudEvents source, such as {@code //modelmill/registry-service}
     */
    public OutboxRelay(Jdbi jdbi, Supplier<? extends Producer<String, byte[]>> producers, String source) {
        this.jdbi = jdbi;
        this.producers = producers;
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
        try {
            while (!closed) {
                Duration pause = pass();
                if (pause.isPositive() && wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("no more events are sent");
        } finally {
            closeProducer();
        }
    }

    /** Sends a batch and answers how long to wait before the next. */
    private Duration pass() throws InterruptedException {
        try {
            Pass done = jdbi.inTransaction(this::sendBatch);
            done.log();
            if (done.away() != null) {
                LOG.warnf("events could not be sent, trying again: %s", done.away());
                if (!(done.away() instanceof RetriableException)) {
                    // Some failures are for the producer's whole life.
                    closeProducer();
                }
                return AFTER_FAILURE;
            }
            return done.more() ? Duration.ZERO : IDLE;
        } catch (RuntimeException failure) {
            LOG.warnf("events could not be sent, trying again: %s", failure.getMessage());
            return AFTER_FAILURE;
        }
    }

    private Pass sendBatch(Handle transaction) throws InterruptedException {
        OutboxRows outbox = new OutboxRows(transaction);
        if (!outbox.lock(LOCK)) {
            return new Pass(Map.of(), List.of(), null, false);
        }
        List<OutboxRow> retried = outbox.retried(RETRIES);
        List<OutboxRow> rows = new ArrayList<>(retried);
        rows.addAll(outbox.sendable(BATCH));
        OutboxRounds.Outcome outcome = new OutboxRounds(open(), source).send(rows);
        outbox.delete(outcome.sent());
        Map<String, String> reasons = new LinkedHashMap<>();
        outcome.refused().forEach((key, failure) -> reasons.put(key, reason(failure)));
        outbox.fail(reasons);
        Set<Long> sent = outcome.sent().stream().map(OutboxRow::id).collect(Collectors.toSet());
        List<String> released = outbox.release(retried.stream()
                .filter(row -> sent.contains(row.id()))
                .map(row -> row.event().key())
                .toList());
        boolean full = rows.size() - retried.size() == BATCH || retried.size() == RETRIES;
        return new Pass(reasons, released, outcome.away().orElse(null), full || !released.isEmpty());
    }

    private Producer<String, byte[]> open() {
        Producer<String, byte[]> open = producer;
        if (open == null) {
            open = producers.get();
            producer = open;
        }
        return open;
    }

    private void closeProducer() {
        Producer<String, byte[]> open = producer;
        producer = null;
        if (open != null) {
            open.close(FAREWELL);
        }
    }

    private static String reason(Throwable failure) {
        String reason = failure.getClass().getSimpleName() + ": " + failure.getMessage();
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON);
    }

    /**
     * What a pass did.
     *
     * @param refused reason by key
     * @param released keys that go on
     * @param more whether there may be more to send
     */
    private record Pass(
            Map<String, String> refused,
            List<String> released,
            @Nullable Throwable away,
            boolean more) {
        /** Tells of some keys by name, of all by number. */
        void log() {
            released.stream().limit(LOGGED).forEach(key -> LOG.infof("events of %s are sent again", key));
            refused.entrySet().stream()
                    .limit(LOGGED)
                    .forEach(entry -> LOG.errorf(
                            "an event of %s was refused, later ones of it wait: %s", entry.getKey(), entry.getValue()));
            if (refused.size() > LOGGED) {
                LOG.errorf("events of %d keys were refused; outbox_failed_key has all", refused.size());
            }
        }
    }
}
