package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.grpc.Status;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.servicekit.error.ServiceException;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final Admission admission = new Admission(2, 100, () -> 0);

    @Test
    void hasTheseDefaults() {
        AdmissionConfig config = Configurations.of(AdmissionConfig.class, Map.of());

        assertThat(config.maxRequests()).isEqualTo(4096);
        assertThat(config.maxBytes()).isEmpty();
    }

    @Test
    void readsEachProperty() {
        AdmissionConfig config = Configurations.of(
                AdmissionConfig.class,
                Map.of("modelmill.admission.max-requests", "3", "modelmill.admission.max-bytes", "2M"));

        assertThat(config.maxRequests()).isEqualTo(3);
        assertThat(config.maxBytes().orElseThrow().asLongValue()).isEqualTo(2 << 20);
    }

    @Test
    void refusesBoundsThatLetNothingIn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Admission(0, 1, () -> 0))
                .withMessage("modelmill.admission.max-requests: 0 (expected: >= 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Admission(1, 0, () -> 0))
                .withMessage("modelmill.admission.max-bytes: 0 (expected: >= 1)");
    }

    @Test
    void refusesOneCallTooManyAndTakesTheNextAfterOneHasEnded() {
        AdmittedCall first = entered();
        AdmittedCall second = entered();

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(this::entered)
                .satisfies(refusal -> {
                    assertThat(refusal.reason()).isEqualTo(InferenceReason.TOO_MANY_REQUESTS);
                    assertThat(refusal.retryAfter()).isPresent();
                });
        first.streamClosed(Status.OK);
        first.ended();
        AdmittedCall third = entered();

        second.ended();
        third.ended();
        assertThat(admission.requestsInFlight()).isZero();
    }

    @Test
    void refusesTheCallThatExceedsTheBytesAndLeavesItsRoomToTheOthers() {
        List<ServiceException> refusals = new ArrayList<>();
        AdmittedCall first = new AdmittedCall(admission);
        first.enter(refusals::add);
        AdmittedCall second = new AdmittedCall(admission);
        second.enter(refusals::add);

        first.inboundWireSize(60);
        second.inboundWireSize(40);
        second.inboundWireSize(1);
        // The rest of a refused message, which the transport has on its way.
        second.inboundWireSize(30);
        first.inboundWireSize(40);

        assertThat(refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.reason()).isEqualTo(InferenceReason.TOO_MANY_BYTES);
            assertThat(refusal.retryAfter()).isPresent();
        });
        assertThat(admission.bytesInFlight()).isEqualTo(100);
        first.ended();
        second.ended();
        assertThat(admission.bytesInFlight()).isZero();
        assertThat(admission.requestsInFlight()).isZero();
    }

    @Test
    void asksNobodyToTryAgainWithWhatFitsInNoCase() {
        List<ServiceException> refusals = new ArrayList<>();
        AdmittedCall call = new AdmittedCall(admission);
        call.enter(refusals::add);

        call.inboundWireSize(101);

        assertThat(refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.reason()).isEqualTo(InferenceReason.REQUEST_TOO_LARGE);
            assertThat(refusal.retryAfter()).isEmpty();
            assertThat(refusal).hasMessageContaining("101 or more (expected: at most 100");
        });
    }

    @Test
    void looksAtTheTransportsMemoryTheLessOftenTheMoreThereMayBe() {
        AtomicInteger looks = new AtomicInteger();
        AdmittedCall call = entered();
        Admission large = new Admission(1, 64L << 20, looks::incrementAndGet);

        for (int frame = 0; frame < 4096; frame++) {
            assertThat(large.hasMemoryFor(call, 16 * 1024)).isTrue();
        }

        // 64 MiB in frames of 16 KiB: one look a MiB.
        assertThat(looks).hasValue(64);
    }

    @Test
    void refusesAllButOneCallWhileTheTransportHoldsTooMuch() {
        AtomicLong held = new AtomicLong(400);
        Admission small = new Admission(1, 100, held::get);
        AdmittedCall first = new AdmittedCall(small);
        AdmittedCall second = new AdmittedCall(small);

        assertThat(small.hasMemoryFor(first, 128 * 1024)).isTrue();
        assertThat(small.hasMemoryFor(second, 128 * 1024)).isTrue();
        held.set(401);

        assertThat(small.hasMemoryFor(first, 128 * 1024)).isTrue();
        assertThat(small.hasMemoryFor(second, 1)).isFalse();
        assertThat(small.hasMemoryFor(first, 1)).isTrue();

        first.ended();
        assertThat(small.hasMemoryFor(second, 1))
                .as("after the first has ended")
                .isTrue();
        assertThat(small.hasMemoryFor(first, 1)).isFalse();

        held.set(400);
        assertThat(small.hasMemoryFor(first, 1)).isTrue();
    }

    @Test
    void closesAMessageThatComesWhenItsStreamIsOver() {
        AdmittedCall call = entered();
        call.ended();

        WireMessage<ModelInferRequest> message = WireMessage.read(
                new ByteArrayInputStream(new byte[0]), ModelInferRequest.parser(), WireCost.INFER_REQUEST, call);

        assertThat(message.whileOpen(() -> {})).isFalse();
        assertThat(admission.requestsInFlight()).isZero();
        assertThat(admission.bytesInFlight()).isZero();
    }

    @Test
    void refusesAnAnswerThatDoesNotFit() {
        AdmittedCall call = entered();
        call.answering(60);

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> call.answering(41))
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(InferenceReason.TOO_MANY_BYTES));
        call.ended();
        assertThat(admission.bytesInFlight()).isZero();
    }

    private AdmittedCall entered() {
        AdmittedCall call = new AdmittedCall(admission);
        call.enter(refusal -> {
            throw refusal;
        });
        return call;
    }
}
