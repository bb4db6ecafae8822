package io.modelmill.servicekit.outbox;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.servicekit.kafka.Topics;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Sends a service's outbox for as long as the service runs: makes the topic, then relays. It begins in the background and as
 * often as it must, for a broker that is away holds up events, never the service.
 */
public final class OutboxPublisher implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(OutboxPublisher.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    private final Jdbi jdbi;
    private final Properties settings;
    private final NewTopic topic;
    private final int largestRequest;
    private final String source;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private final OutboxBacklog backlog;
    private volatile @Nullable OutboxRelay relay;

    /**
     * @param settings of the broker
     * @param topic made at the broker if it is missing
     * @param largestRequest bytes of the largest event with its key and headers
     * @param source CloudEvents source, such as {@code //modelmill/registry-service}
     * @param meters get the gauges of {@link OutboxBacklog}
     */
    public OutboxPublisher(
            Jdbi jdbi, Properties settings, NewTopic topic, int largestRequest, String source, MeterRegistry meters) {
        this.backlog = new OutboxBacklog(jdbi, meters);
        this.jdbi = jdbi;
        this.settings = settings;
        this.topic = topic;
        this.largestRequest = largestRequest;
        this.source = source;
        this.thread = Thread.ofVirtual().name("outbox-publisher").unstarted(this::run);
    }

    /** Begins, and returns at once. */
    public void start() {
        backlog.start();
        thread.start();
    }

    /** Says that a transaction with an event has committed. */
    public void wake() {
        OutboxRelay running = relay;
        if (running != null) {
            running.wake();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        backlog.close();
        if (relay == null) {
            // It may wait for a broker that is away.
            thread.interrupt();
        }
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            makeTopic();
            try (OutboxRelay opened =
                    new OutboxRelay(jdbi, () -> OutboxProducer.open(settings, largestRequest), source)) {
                opened.start();
                relay = opened;
                LOG.infof("events are being sent to %s", topic.name());
                closed.await();
            } finally {
                relay = null;
            }
        } catch (InterruptedException e) {
            LOG.debug("no more events are sent: the service stops");
        }
    }

    private void makeTopic() throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                Topics.make(settings, topic);
                return;
            } catch (ExecutionException | KafkaException failure) {
                LOG.warnf("Kafka is away, events wait in the outbox: %s", failure.getMessage());
            }
            if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("closed before Kafka was there");
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }
}
