package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Deadline;
import io.modelmill.inference.batching.InferenceRequest;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.Violations;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestParametersCodecTest {
    private final Violations violations = new Violations();

    static Stream<Arguments> numbers() {
        return Stream.of(
                Arguments.of(InferParameter.newBuilder().setInt64Param(7), 7L),
                Arguments.of(InferParameter.newBuilder().setUint64Param(7), 7L),
                Arguments.of(InferParameter.newBuilder().setStringParam("7"), 7L),
                Arguments.of(InferParameter.newBuilder().setUint64Param(-1), Long.MAX_VALUE),
                Arguments.of(InferParameter.newBuilder().setInt64Param(0), 0L));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void takesNumbersInEachForm(InferParameter.Builder parameter, long value) {
        RequestParameters read = read(Map.of("priority", parameter, "timeout", parameter));

        assertThat(violations.found()).isEmpty();
        assertThat(read.priority()).isEqualTo(value);
        assertThat(read.timeoutNanos()).isEqualTo(TimeUnit.MICROSECONDS.toNanos(value));
    }

    @Test
    void asksNothingByDefault() {
        assertThat(read(Map.of())).isEqualTo(RequestParameters.NONE);
    }

    @Test
    void passesWhatOthersUnderstand() {
        InferParameter.Builder text = InferParameter.newBuilder().setStringParam("x");

        assertThat(read(Map.of(
                        "sequence_id", text,
                        "headers", text,
                        "binary_data_output", text,
                        "mine", text,
                        "triton_enable_empty_final_response", text)))
                .isEqualTo(RequestParameters.NONE);
        assertThat(violations.found()).isEmpty();
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("timeout", InferParameter.newBuilder().setInt64Param(-1), "-1 (expected: >= 0: micro"),
                Arguments.of("timeout", InferParameter.newBuilder().setStringParam("1s"), "\"1s\" (expected: a whole"),
                Arguments.of("priority", InferParameter.newBuilder().setStringParam("-2"), "-2 (expected: >= 0: 1 for"),
                Arguments.of(
                        "priority", InferParameter.newBuilder().setBoolParam(true), "BOOL_PARAM (expected: an int64"),
                Arguments.of(
                        "timeout", InferParameter.newBuilder().setDoubleParam(1), "DOUBLE_PARAM (expected: an int64"),
                Arguments.of("timeout", InferParameter.newBuilder(), "PARAMETERCHOICE_NOT_SET (expected: an int64"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void namesTheParameterThatIsWrong(String name, InferParameter.Builder parameter, String description) {
        read(Map.of(name, parameter));

        assertThat(violations.found()).singleElement().satisfies(found -> {
            assertThat(found.field()).isEqualTo("parameters." + name);
            assertThat(found.description()).startsWith(description);
        });
    }

    @Test
    void refusesReservedNamesThatItDoesNotKnow() {
        read(Map.of("triton_magic", InferParameter.newBuilder().setBoolParam(true)));

        assertThat(violations.found())
                .extracting(FieldViolation::description)
                .isEqualTo(List.of("\"triton_magic\" (expected: no name that begins with triton_, but"
                        + " triton_enable_empty_final_response)"));
    }

    @Test
    void theEarlierOfTimeoutAndDeadlineCounts() {
        long now = System.nanoTime();
        RequestParameters second = new RequestParameters(0, TimeUnit.SECONDS.toNanos(1));
        Deadline minute = Deadline.after(1, TimeUnit.MINUTES);

        assertThat(RequestParameters.NONE.deadlineNanos(null, now)).isEqualTo(InferenceRequest.NO_DEADLINE);
        assertThat(second.deadlineNanos(null, now) - now).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        assertThat(second.deadlineNanos(minute, now) - now).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        assertThat(RequestParameters.NONE.deadlineNanos(minute, now) - now).isBetween(1L, TimeUnit.MINUTES.toNanos(1));
        assertThat(new RequestParameters(0, Long.MAX_VALUE).deadlineNanos(null, now))
                .isEqualTo(InferenceRequest.NO_DEADLINE);
    }

    private RequestParameters read(Map<String, InferParameter.Builder> parameters) {
        return RequestParametersCodec.read(
                parameters.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> entry.getValue().build())),
                violations);
    }
}
