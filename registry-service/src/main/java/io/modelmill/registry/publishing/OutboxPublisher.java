package io.modelmill.registry.publishing;

import io.modelmill.servicekit.outbox.OutboxRelay;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Sends the outbox for as long as the service runs. Begins in the background and as often as it must: a broker that is
 * away holds up events, never the service.
 */
@ApplicationScoped
public class OutboxPublisher {
    private static final Logger LOG = Logger.getLogger(OutboxPublisher.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    private final Jdbi jdbi;
    private final Config config;
    private final TopicConfig topic;
    private volatile @Nullable OutboxRelay relay;
    private @Nullable Thread beginning;

    OutboxPublisher(Jdbi jdbi, Config config, TopicConfig topic) {
        this.jdbi = jdbi;
        this.config = config;
        this.topic = topic;
    }

    /** Says that a transaction with an event has committed. */
    public void wake() {
        OutboxRelay running = relay;
        if (running != null) {
            running.wake();
        }
    }

    void start(@Observes StartupEvent started) {
        beginning = Thread.ofVirtual().name("outbox-publisher").start(this::run);
    }

    void stop(@Observes ShutdownEvent stopping) throws InterruptedException {
        Thread running = beginning;
        if (running != null) {
            running.interrupt();
            running.join(Duration.ofSeconds(10));
        }
    }

    private void run() {
        Properties client = KafkaClients.properties(config);
        try {
            try (KafkaProducer<String, byte[]> producer = reach(client);
                    OutboxRelay opened = new OutboxRelay(jdbi, producer, "//modelmill/registry-service")) {
                opened.start();
                relay = opened;
                LOG.info("events are being sent");
                new CountDownLatch(1).await();
            } finally {
                relay = null;
            }
        } catch (InterruptedException e) {
            LOG.debug("no more events are sent: the service stops");
        }
    }

    private KafkaProducer<String, byte[]> reach(Properties client) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                ModelVersionsTopic.make(client, topic.partitions(), topic.replicationFactor());
                return KafkaClients.producer(client);
            } catch (ExecutionException | KafkaException failure) {
                LOG.warnf("Kafka is away, events wait in the outbox: %s", failure.getMessage());
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }
}
