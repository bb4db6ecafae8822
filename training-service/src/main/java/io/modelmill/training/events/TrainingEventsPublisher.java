package io.modelmill.training.events;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.servicekit.kafka.KafkaSettings;
import io.modelmill.servicekit.outbox.OutboxPublisher;
import io.modelmill.training.job.JobSignals;
import io.modelmill.training.job.TrainingEvents;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.apache.kafka.clients.admin.NewTopic;
import org.eclipse.microprofile.config.Config;
import org.jdbi.v3.core.Jdbi;

/** Sends the events of jobs for as long as the service runs. */
@ApplicationScoped
class TrainingEventsPublisher {
    /** Kafka's own default: an event is a few hundred bytes. */
    private static final int LARGEST_REQUEST = 1 << 20;

    private final OutboxPublisher outbox;

    TrainingEventsPublisher(Jdbi jdbi, Config config, EventsConfig topic, JobSignals signals, MeterRegistry meters) {
        this.outbox = new OutboxPublisher(
                jdbi,
                KafkaSettings.of(config),
                new NewTopic(TrainingEvents.TOPIC, topic.partitions(), topic.replicationFactor()),
                LARGEST_REQUEST,
                "//modelmill/training-service",
                meters);
        signals.onEvent(outbox::wake);
    }

    void start(@Observes StartupEvent started) {
        outbox.start();
    }

    void stop(@Observes ShutdownEvent stopping) {
        outbox.close();
    }
}
