package io.modelmill.gateway.usage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads the events of training jobs. */
final class TrainingUsageEvents {
    private static final ResourceNamePattern JOB = ResourceNamePattern.of("tenants/{tenant}/trainingJobs/{job}");

    private TrainingUsageEvents() {}

    /**
     * The attempt whose end an event tells, if it tells one.
     *
     * @throws UnusableEventException if it is no event of a job, with the reason
     */
    static Optional<ClosedAttempt> closedAttempt(ConsumerRecord<byte[], byte[]> record) throws UnusableEventException {
        TrainingEvent message = decode(record.value());
        String tenant = tenant(message.getJob());
        String key = record.key() == null ? "" : new String(record.key(), UTF_8);
        require(key.equals(message.getJob()), "key", '"' + key + '"', "the job: \"" + message.getJob() + '"');
        JobEvent event = message.getEvent();
        require(event.getSequence() >= 1, "event.sequence", event.getSequence(), ">= 1");
        require(event.hasTime() && Timestamps.isValid(event.getTime()), "event.time", "unset or wrong", "a time");
        // A kind that this build does not know is none of its business.
        boolean known = event.getKindCase() != JobEvent.KindCase.KIND_NOT_SET
                || !event.getUnknownFields().asMap().isEmpty();
        require(known, "event.kind", "unset", "transition or progress");
        if (!event.hasTransition() || !event.getTransition().hasAttemptTrainingTime()) {
            return Optional.empty();
        }
        return Optional.of(new ClosedAttempt(
                message.getJob(),
                event.getSequence(),
                tenant,
                instant(event.getTime()),
                millis(event.getTransition().getAttemptTrainingTime())));
    }

    private static TrainingEvent decode(byte[] value) throws UnusableEventException {
        if (value == null) {
            throw new UnusableEventException("value: none (expected: a TrainingEvent)");
        }
        try {
            return TrainingEvent.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new UnusableEventException(
                    "value: " + value.length + " bytes (expected: a TrainingEvent): " + e.getMessage());
        }
    }

    private static String tenant(String job) throws UnusableEventException {
        try {
            return JOB.parse(job, "job").getFirst();
        } catch (ServiceException e) {
            throw new UnusableEventException(String.valueOf(e.getMessage()));
        }
    }

    private static long millis(Duration time) throws UnusableEventException {
        boolean whole = Durations.isValid(time) && !Durations.isNegative(time) && time.getNanos() % 1_000_000 == 0;
        require(
                whole,
                "event.transition.attempt_training_time",
                time.getSeconds() + " s " + time.getNanos() + " ns",
                ">= 0 s, whole milliseconds");
        return Durations.toMillis(time);
    }

    private static Instant instant(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    private static void require(boolean condition, String field, Object offending, String expected)
            throws UnusableEventException {
        if (!condition) {
            throw new UnusableEventException(field + ": " + offending + " (expected: " + expected + ")");
        }
    }
}
