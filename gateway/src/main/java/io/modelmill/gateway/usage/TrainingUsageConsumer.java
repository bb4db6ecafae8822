package io.modelmill.gateway.usage;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.servicekit.kafka.DeadLetters;
import io.modelmill.servicekit.kafka.KafkaSettings;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Follows the events of training jobs for as long as the gateway runs, its replicas sharing the partitions. How far it is stands in
 * the database beside the sums, so that no event is lost or counted twice, whatever dies when. An event that cannot be used is
 * passed over once it is among the dead letters; a broker or a database that is away is tried again for ever, and holds up nothing else.
 */
@ApplicationScoped
class TrainingUsageConsumer {
    static final String TOPIC = "modelmill.training-events.v1";
    static final String GROUP = "modelmill.gateway.training-usage";

    private static final Logger LOG = Logger.getLogger(TrainingUsageConsumer.class);
    /** Kafka's own default: an event is a few hundred bytes. */
    private static final int LARGEST_EVENT = 1 << 20;

    private static final int FETCH_BYTES = 256 << 10;

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration FAREWELL = Duration.ofSeconds(5);
    /** How often a topic that is missing is looked for. */
    private static final int METADATA_AGE_MILLIS = 5_000;
    /** Longest pause between two tries to reach a broker, each of which is a line in the log. */
    private static final int RECONNECT_MILLIS = 5_000;

    private final PostgresTrainingUsages usages;
    private final Properties broker;
    private final DeadLetters deadLetters;
    private final Counter unusable;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable Consumer<byte[], byte[]> consumer;

    TrainingUsageConsumer(
            PostgresTrainingUsages usages, Config config, DeadLetterConfig letters, MeterRegistry meters) {
        this.usages = usages;
        this.broker = KafkaSettings.of(config);
        this.deadLetters = new DeadLetters(broker, TOPIC, LARGEST_EVENT, letters.replicationFactor());
        this.unusable = Counter.builder("modelmill.dead.letters")
                .description("Events that could not be used")
                .tag("topic", TOPIC)
                .register(meters);
        this.thread = Thread.ofPlatform().name("training-usage").daemon().unstarted(this::follow);
    }

    void start(@Observes StartupEvent started) {
        thread.start();
    }

    void stop(@Observes ShutdownEvent stopping) {
        closed.countDown();
        Consumer<byte[], byte[]> running = consumer;
        if (running != null) {
            running.wakeup();
        }
        try {
            thread.join(FAREWELL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() {
        boolean away = false;
        try {
            while (!isClosed()) {
                try (Consumer<byte[], byte[]> opened = new KafkaConsumer<>(settings())) {
                    consumer = opened;
                    opened.subscribe(List.of(TOPIC), new FromTheDatabase(opened));
                    while (!isClosed()) {
                        take(opened.poll(POLL));
                        away = false;
                    }
                } catch (WakeupException e) {
                    LOG.debug("woken to close", e);
                } catch (RuntimeException failure) {
                    LOG.logf(
                            away ? Logger.Level.DEBUG : Logger.Level.WARN,
                            "events of training jobs cannot be counted, trying on: %s",
                            failure);
                    away = true;
                    boolean _ = closed.await(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
                } finally {
                    consumer = null;
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("no more events are counted");
        } finally {
            deadLetters.close();
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> records) throws InterruptedException {
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> ofPartition = records.records(partition);
            List<ClosedAttempt> attempts = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : ofPartition) {
                try {
                    TrainingUsageEvents.closedAttempt(record).ifPresent(attempts::add);
                } catch (UnusableEventException e) {
                    LOG.errorf(
                            "event at partition %d, offset %d goes to the dead letters: %s",
                            record.partition(), record.offset(), e.getMessage());
                    deadLetters.send(record, String.valueOf(e.getMessage()));
                    unusable.increment();
                }
            }
            long next = ofPartition.getLast().offset() + 1;
            usages.add(attempts, partition.topic(), partition.partition(), next);
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private Properties settings() {
        Properties properties = new Properties();
        properties.putAll(broker);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "gateway");
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // A transaction for many events: nobody waits for the sums.
        properties.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, FETCH_BYTES);
        properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) POLL.toMillis());
        properties.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, METADATA_AGE_MILLIS);
        properties.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, RECONNECT_MILLIS);
        return properties;
    }

    /** Goes on where the database says. */
    private final class FromTheDatabase implements ConsumerRebalanceListener {
        private final Consumer<byte[], byte[]> events;

        private FromTheDatabase(Consumer<byte[], byte[]> events) {
            this.events = events;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            LOG.debugf("partitions given away: %s", partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            LOG.debugf("partitions to read: %s", partitions);
            for (TopicPartition partition : partitions) {
                events.seek(
                        partition,
                        usages.nextOffset(partition.topic(), partition.partition())
                                .orElse(0));
            }
        }
    }
}
