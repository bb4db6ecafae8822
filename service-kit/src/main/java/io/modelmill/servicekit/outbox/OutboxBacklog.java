package io.modelmill.servicekit.outbox;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/**
 * Shows what waits in the outbox, also while there is no broker: {@code modelmill.outbox.events.waiting}, the age of the oldest in
 * {@code modelmill.outbox.oldest.age} and {@code modelmill.outbox.keys.failed}. All replicas show the same: take the greatest,
 * not the sum.
 */
final class OutboxBacklog implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(OutboxBacklog.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final Jdbi jdbi;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile Sample last = new Sample(0, 0, 0);

    OutboxBacklog(Jdbi jdbi, MeterRegistry meters) {
        this.jdbi = jdbi;
        this.thread = Thread.ofVirtual().name("outbox-backlog").unstarted(this::sample);
        Gauge.builder("modelmill.outbox.events.waiting", () -> last.events())
                .description("Events that are not sent yet")
                .register(meters);
        Gauge.builder("modelmill.outbox.oldest.age", () -> last.oldestSeconds())
                .description("Age of the oldest event that is not sent yet")
                .baseUnit("seconds")
                .register(meters);
        Gauge.builder("modelmill.outbox.keys.failed", () -> last.failedKeys())
                .description("Keys whose next event was refused")
                .register(meters);
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private void sample() {
        try {
            do {
                try {
                    last = jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) AS events,"
                                    + " coalesce(extract(epoch FROM clock_timestamp() - min(create_time)), 0) AS oldest,"
                                    + " (SELECT count(*) FROM outbox_failed_key) AS failed FROM outbox_event")
                            .map((row, context) ->
                                    new Sample(row.getLong("events"), row.getDouble("oldest"), row.getLong("failed")))
                            .one());
                } catch (RuntimeException failure) {
                    // The relay tells of a database that is away.
                    LOG.debugf("the outbox was not looked at: %s", failure.getMessage());
                }
            } while (!closed.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Sample(long events, double oldestSeconds, long failedKeys) {}
}
