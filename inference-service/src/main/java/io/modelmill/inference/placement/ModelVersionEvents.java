package io.modelmill.inference.placement;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.servicekit.kafka.DeadLetters;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads all partitions of the models' topic from the beginning, for ever, without a consumer group: every replica needs
 * every event. A record that cannot be read goes to the dead letters and is passed over; a broker that is away is tried again for ever.
 */
final class ModelVersionEvents implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ModelVersionEvents.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration API_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final int RECONNECT_MILLIS = 500;
    /** As registry-service makes the topic. */
    private static final int LARGEST_EVENT = 9 << 20;

    private final PlacementConfig config;
    private final Properties broker;
    private final Listener listener;
    private final DeadLetterQueue deadLetters;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Consumer<byte[], byte[]> consumer;

    /** @param broker settings of the broker that carries the events */
    ModelVersionEvents(PlacementConfig config, Properties broker, Listener listener) {
        this.config = config;
        this.broker = broker;
        this.listener = listener;
        this.deadLetters = new DeadLetterQueue(
                new DeadLetters(broker, config.topic(), LARGEST_EVENT, config.deadLetterReplicationFactor()));
        this.thread = Thread.ofPlatform().name("model-version-events").daemon().unstarted(this::follow);
    }

    void start() {
        deadLetters.start();
        thread.start();
    }

    @Override
    public void close() {
        closed.countDown();
        deadLetters.close();
        Consumer<byte[], byte[]> running = consumer;
        if (running != null) {
            running.wakeup();
        }
        try {
            thread.join(API_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() {
        boolean away = false;
        while (!isClosed()) {
            try (Consumer<byte[], byte[]> opened = new KafkaConsumer<>(consumerConfig())) {
                consumer = opened;
                follow(opened);
            } catch (WakeupException e) {
                LOG.debug("woken to close", e);
            } catch (RuntimeException failure) {
                String what = failure instanceof KafkaException ? failure.getMessage() : failure.toString();
                LOG.logf(
                        away ? Logger.Level.DEBUG : Logger.Level.WARN,
                        "events of models cannot be read from %s, trying on: %s",
                        broker.getProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG),
                        what);
                away = true;
                pause(AFTER_FAILURE);
            } finally {
                consumer = null;
            }
        }
    }

    private void follow(Consumer<byte[], byte[]> events) {
        Set<TopicPartition> partitions = partitions(events);
        while (partitions.isEmpty()) {
            LOG.infof("topic %s does not exist yet", config.topic());
            pause(config.partitionRefresh().compareTo(AFTER_FAILURE) < 0 ? config.partitionRefresh() : AFTER_FAILURE);
            if (isClosed()) {
                return;
            }
            partitions = partitions(events);
        }
        listener.starting();
        events.assign(partitions);
        events.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = events.endOffsets(partitions);
        boolean caughtUp = false;
        long refreshed = System.nanoTime();
        while (!isClosed()) {
            if (!caughtUp
                    && ends.entrySet().stream().allMatch(end -> events.position(end.getKey()) >= end.getValue())) {
                caughtUp = true;
                listener.caughtUp();
            }
            for (ConsumerRecord<byte[], byte[]> record : events.poll(POLL)) {
                handle(record);
            }
            if (System.nanoTime() - refreshed >= config.partitionRefresh().toNanos()) {
                refreshed = System.nanoTime();
                assignNew(events);
            }
        }
    }

    private void assignNew(Consumer<byte[], byte[]> events) {
        Set<TopicPartition> found = partitions(events);
        List<TopicPartition> added = new ArrayList<>(found);
        added.removeAll(events.assignment());
        if (!added.isEmpty()) {
            LOG.infof("new partitions: %s", added);
            List<TopicPartition> all = new ArrayList<>(events.assignment());
            all.addAll(added);
            events.assign(all);
            events.seekToBeginning(added);
        }
    }

    private Set<TopicPartition> partitions(Consumer<byte[], byte[]> events) {
        return events.partitionsFor(config.topic()).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .collect(Collectors.toSet());
    }

    private void handle(ConsumerRecord<byte[], byte[]> record) {
        try {
            String key = record.key() == null ? "" : new String(record.key(), UTF_8);
            ModelKey modelKey = ModelKey.parse(key)
                    .orElseThrow(() -> new IllegalArgumentException("key (expected: tenants/{tenant}/models/{model})"));
            if (record.value() == null) {
                listener.removed(modelKey);
                return;
            }
            ServedModel model = ServedModelProtoMapper.model(
                    ModelVersionsEvent.parseFrom(record.value()).getServingState());
            if (!model.key().equals(modelKey)) {
                throw new IllegalArgumentException("model: " + model.key().resourceName() + " (expected: the key)");
            }
            listener.changed(model, causeOf(record.headers()));
        } catch (InvalidProtocolBufferException | IllegalArgumentException unreadable) {
            LOG.errorf("record passed over: %s: %s", describe(record), unreadable.getMessage());
            deadLetters.add(record, String.valueOf(unreadable.getMessage()));
        } catch (RuntimeException failure) {
            LOG.errorf(failure, "record passed over: %s", describe(record));
            deadLetters.add(record, failure.toString());
        }
    }

    private static String describe(ConsumerRecord<byte[], byte[]> record) {
        String key = record.key() == null ? "" : new String(record.key(), UTF_8);
        return "partition " + record.partition() + ", offset " + record.offset() + ", key \"" + key + "\"";
    }

    private static SpanContext causeOf(Headers headers) {
        return Span.fromContext(
                        W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HeaderGetter.INSTANCE))
                .getSpanContext();
    }

    private Properties consumerConfig() {
        Properties properties = new Properties();
        properties.putAll(broker);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "inference-service");
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) API_TIMEOUT.toMillis());
        properties.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) API_TIMEOUT.toMillis());
        // A broker that is back is found at once: who moved an alias meanwhile waits for it.
        properties.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, RECONNECT_MILLIS);
        return properties;
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void pause(Duration time) {
        try {
            boolean closing = closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
            LOG.tracef("waited %s, closing %s", time, closing);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed.countDown();
        }
    }

    /** What the events say. Called on one thread. */
    interface Listener {
        /** The events are read from the beginning: at the start, and again after some failures. */
        void starting();

        /** A model's state; maybe one that was seen before. */
        void changed(ServedModel model, SpanContext cause);

        /** The model is gone. */
        void removed(ModelKey key);

        /** All events that were there at {@link #starting} have been told. */
        void caughtUp();
    }

    private enum HeaderGetter implements TextMapGetter<Headers> {
        INSTANCE;

        @Override
        public Iterable<String> keys(Headers headers) {
            List<String> keys = new ArrayList<>();
            headers.forEach(header -> keys.add(header.key()));
            return keys;
        }

        @Override
        public @Nullable String get(@Nullable Headers headers, String key) {
            Header header = headers == null ? null : headers.lastHeader(key);
            return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
        }
    }
}
