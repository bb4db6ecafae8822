package io.modelmill.gateway.usage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.protobuf.UnknownFieldSet;
import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.proto.training.v1.JobEvent;
import java.time.Instant;
import java.time.LocalDate;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrainingUsageEventsTest {
    private static final String JOB = "tenants/acme/trainingJobs/first";
    private static final Instant TIME = Instant.parse("2026-01-31T23:59:59.999Z");

    @Test
    void readsTheEndOfAnAttempt() throws Exception {
        assertThat(TrainingUsageEvents.closedAttempt(record(event -> {})))
                .contains(new ClosedAttempt(JOB, 7, "acme", TIME, 1_250));
        assertThat(new ClosedAttempt(JOB, 7, "acme", TIME, 1_250).month()).isEqualTo(LocalDate.of(2026, 1, 1));
        assertThat(TrainingUsageEvents.closedAttempt(record(event -> event.getTransitionBuilder()
                                .getAttemptTrainingTimeBuilder()
                                .clear()))
                        .orElseThrow()
                        .trainingMillis())
                .isZero();
    }

    @Test
    void passesOverWhatEndsNoAttempt() throws Exception {
        assertThat(TrainingUsageEvents.closedAttempt(
                        record(event -> event.getTransitionBuilder().clearAttemptTrainingTime())))
                .isEmpty();
        assertThat(TrainingUsageEvents.closedAttempt(
                        record(event -> event.getProgressBuilder().setEpoch(1))))
                .isEmpty();
        // As a later build may tell.
        UnknownFieldSet later =
                UnknownFieldSet.newBuilder().mergeVarintField(99, 1).build();
        assertThat(TrainingUsageEvents.closedAttempt(
                        record(event -> event.clearKind().setUnknownFields(later))))
                .isEmpty();
    }

    @Test
    void tellsWhatIsWrong() {
        assertUnusable(record(JOB, new byte[] {1, 2, 3}), "value: 3 bytes (expected: a TrainingEvent): ");
        assertUnusable(record(JOB, null), "value: none (expected: a TrainingEvent)");
        assertUnusable(record(JOB, new byte[0]), "job: \"\" (expected: tenants/{tenant}/trainingJobs/{job})");
        TrainingEvent.Builder shape = TrainingEvent.newBuilder().setJob("tenants/Acme/trainingJobs/first");
        assertUnusable(
                record(shape.getJob(), shape.build().toByteArray()),
                "job: \"tenants/Acme/trainingJobs/first\" (expected: tenants/{tenant}/trainingJobs/{job})");
        TrainingEvent.Builder other = TrainingEvent.newBuilder().setJob(JOB);
        assertUnusable(
                record("another", other.build().toByteArray()),
                "key: \"another\" (expected: the job: \"" + JOB + "\")");
        assertUnusable(record(JOB, other.build().toByteArray()), "event.sequence: 0 (expected: >= 1)");
        assertUnusable(record(event -> event.clearTime()), "event.time: unset or wrong (expected: a time)");
        assertUnusable(
                record(event -> event.getTimeBuilder().setNanos(-1)), "event.time: unset or wrong (expected: a time)");
        assertUnusable(record(event -> event.clearKind()), "event.kind: unset (expected: transition or progress)");
        assertUnusable(
                record(event -> event.getTransitionBuilder()
                        .setAttemptTrainingTime(Duration.newBuilder().setSeconds(-1))),
                "event.transition.attempt_training_time: -1 s 0 ns (expected: >= 0 s, whole milliseconds)");
        assertUnusable(
                record(event -> event.getTransitionBuilder()
                        .setAttemptTrainingTime(Duration.newBuilder().setNanos(1_500_000))),
                "event.transition.attempt_training_time: 0 s 1500000 ns (expected: >= 0 s, whole milliseconds)");
    }

    private static void assertUnusable(ConsumerRecord<byte[], byte[]> record, String reason) {
        assertThatThrownBy(() -> TrainingUsageEvents.closedAttempt(record))
                .isInstanceOf(UnusableEventException.class)
                .hasMessageStartingWith(reason);
    }

    /** The end of an attempt, changed. */
    private static ConsumerRecord<byte[], byte[]> record(Consumer<JobEvent.Builder> change) {
        TrainingEvent.Builder message = TrainingEvent.newBuilder().setJob(JOB);
        JobEvent.Builder event = message.getEventBuilder().setSequence(7).setAttempt(1);
        event.getTimeBuilder().setSeconds(TIME.getEpochSecond()).setNanos(TIME.getNano());
        event.getTransitionBuilder()
                .setAttemptTrainingTime(Duration.newBuilder().setSeconds(1).setNanos(250_000_000));
        change.accept(event);
        return record(JOB, message.build().toByteArray());
    }

    private static ConsumerRecord<byte[], byte[]> record(String key, byte @Nullable [] value) {
        return new ConsumerRecord<>("topic", 0, 0, key.getBytes(UTF_8), value);
    }
}
