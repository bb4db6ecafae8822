package io.modelmill.benchmarks.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.training.v1.JobEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads what the services published. */
final class TopicCodec {
    private static final String TRAINING_EVENTS = "modelmill.training-events.v1";
    private static final String MODEL_VERSIONS = "modelmill.model-versions.v1";
    private static final Duration POLL = Duration.ofMillis(500);

    private TopicCodec() {}

    /** Events of jobs, each partition from its beginning to its present end. */
    static List<Facts.Event> trainingEvents(String bootstrapServers) {
        return read(bootstrapServers, TRAINING_EVENTS, TopicCodec::event);
    }

    /** What is told of models, in the same order. */
    static List<Facts.Serving> modelVersions(String bootstrapServers) {
        return read(bootstrapServers, MODEL_VERSIONS, TopicCodec::serving);
    }

    private static <T> List<T> read(
            String bootstrapServers, String topic, Function<ConsumerRecord<String, byte[]>, T> parse) {
        Map<String, Object> config = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false);
        List<T> events = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(record -> events.add(parse.apply(record)));
            }
        }
        return events;
    }

    private static Facts.Serving serving(ConsumerRecord<String, byte[]> record) {
        try {
            ServingState state = ModelVersionsEvent.parseFrom(record.value()).getServingState();
            return new Facts.Serving(
                    record.key(),
                    state.getRevision(),
                    state.getVersionsList().stream()
                            .map(version -> state.getModel() + "/versions/" + version.getNumber())
                            .collect(Collectors.toSet()));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("offset " + record.offset() + " of " + record.topic() + " is no event", e);
        }
    }

    private static Facts.Event event(ConsumerRecord<String, byte[]> record) {
        try {
            TrainingEvent message = TrainingEvent.parseFrom(record.value());
            JobEvent event = message.getEvent();
            // Under another key it would be no event of the job to those who read it.
            String job = record.key().equals(message.getJob()) ? message.getJob() : record.key() + " says " + message;
            boolean transition = event.hasTransition();
            return new Facts.Event(
                    job,
                    event.getSequence(),
                    event.getAttempt(),
                    transition ? state(event.getTransition().getTo().name()) : "",
                    transition
                            ? transition(
                                    state(event.getTransition().getFrom().name()),
                                    event.getTransition().getReason(),
                                    event.getTransition().getModelVersion())
                            : progress(
                                    event.getProgress().getEpoch(),
                                    event.getProgress().getStep()));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("offset " + record.offset() + " of " + record.topic() + " is no event", e);
        }
    }

    private static String state(String name) {
        String state = name.replace("STATE_", "");
        return state.equals("UNSPECIFIED") ? "" : state;
    }

    /** What a transition says beside its end. */
    static String transition(String from, String reason, String modelVersion) {
        return String.join("|", from, reason, modelVersion);
    }

    /** What a progress says. */
    static String progress(long epoch, long step) {
        return epoch + "|" + step;
    }
}
