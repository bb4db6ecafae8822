package io.modelmill.training.events;

import io.modelmill.servicekit.outbox.OutboxRelay;
import io.modelmill.training.job.JobSignals;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** Sends the outbox for as long as the service runs. A broker that is away holds up events, never jobs. */
@ApplicationScoped
public class TrainingEventsRelay {
    private static final Logger LOG = Logger.getLogger(TrainingEventsRelay.class);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Jdbi jdbi;
    private final EventsConfig config;
    private final KafkaClients kafka;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile @Nullable OutboxRelay relay;
    private @Nullable Thread thread;

    TrainingEventsRelay(Jdbi jdbi, EventsConfig config, Config settings, JobSignals signals) {
        this.jdbi = jdbi;
        this.config = config;
        this.kafka = new KafkaClients(settings);
        signals.onEvent(this::wake);
    }

    void start(@Observes StartupEvent started) {
        thread = Thread.ofVirtual().name("training-events").start(this::run);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping.countDown();
        Thread running = thread;
        if (running != null) {
            if (relay == null) {
                // It may wait for a broker that is away.
                running.interrupt();
            }
            running.join(Duration.ofSeconds(10));
        }
    }

    private void wake() {
        OutboxRelay running = relay;
        if (running != null) {
            running.wake();
        }
    }

    private void run() {
        try {
            awaitTopic();
            try (KafkaProducer<String, byte[]> producer = kafka.producer();
                    OutboxRelay opened = new OutboxRelay(jdbi, producer, "//modelmill/training-service")) {
                opened.start();
                relay = opened;
                stopping.await();
            } finally {
                relay = null;
            }
        } catch (InterruptedException e) {
            LOG.debug("no more events are sent: the service stops");
        }
    }

    private void awaitTopic() throws InterruptedException {
        while (stopping.getCount() > 0) {
            try {
                kafka.makeTopic(config);
                return;
            } catch (ExecutionException | TimeoutException | KafkaException failure) {
                LOG.warnf("Kafka is away, events wait in the outbox: %s", failure.getMessage());
            }
            if (stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("stopped before Kafka was there");
            }
        }
    }
}
