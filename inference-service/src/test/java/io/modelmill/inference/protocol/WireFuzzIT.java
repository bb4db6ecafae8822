package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.servicekit.error.ServiceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a caller may send by mistake or by intent. A failure names the seed of its request. */
class WireFuzzIT {
    private static final int IN_PROCESS = 95_000;
    private static final int OVER_THE_WIRE = 5_000;
    private static final int VALID = 100_000;
    private static final int IN_FLIGHT = 64;

    private static final Signature SIGNATURE = new Signature(
            List.of(
                    new TensorSpec("x", Datatype.FP32, List.of(-1L, 2L)),
                    new TensorSpec("ids", Datatype.INT64, List.of(-1L)),
                    new TensorSpec("words", Datatype.BYTES, List.of(-1L))),
            List.of(new TensorSpec("y", Datatype.FP32, List.of(-1L, 2L))));

    private final Admission admission = new Admission(1000, 64 << 20, () -> 0);

    @Test
    void aMistakeIsNeverAFaultOfOursAndNothingIsKept() {
        Map<Status.Code, Integer> outcomes = new EnumMap<>(Status.Code.class);
        for (int seed = 0; seed < IN_PROCESS; seed++) {
            Random random = new Random(seed);
            AdmittedCall call = new AdmittedCall(admission);
            SplitStream stream = new SplitStream(HostileRequests.next(random), random);
            Status.Code code;
            try {
                call.inboundWireSize(stream.available());
                code = outcome(stream, call);
            } catch (RuntimeException | Error fault) {
                throw new AssertionError("seed " + seed, fault);
            }
            call.ended();
            assertThat(stream.closedTimes())
                    .as("closes of the stream of seed %s", seed)
                    .isEqualTo(1);
            outcomes.merge(code, 1, Integer::sum);
        }

        assertThat(outcomes).containsOnlyKeys(Status.Code.OK, Status.Code.INVALID_ARGUMENT);
        assertThat(outcomes.values()).as("enough of each: %s", outcomes).allMatch(count -> count > IN_PROCESS / 50);
        assertThat(admission.bytesInFlight()).isZero();
    }

    private static Status.Code outcome(SplitStream stream, AdmittedCall call) {
        WireMessage<ModelInferRequest> message =
                WireMessage.read(stream, ModelInferRequest.parser(), WireCost.INFER_REQUEST, call);
        try (message) {
            assertThat(message.take()).isTrue();
            gather(message);
            return Status.Code.OK;
        } catch (ServiceException refusal) {
            return refusal.reason().code();
        }
    }

    /** Reads all that a run would. */
    private static void gather(WireMessage<ModelInferRequest> message) {
        message.expand(InferRequestCodec.textHeap(message.message()));
        InferenceInput input =
                InferRequestCodec.read(message.message(), SIGNATURE).within(message);
        for (InputTensor tensor : input.inputs()) {
            if (tensor.content() instanceof TensorContent.Elements elements) {
                ByteBuffer into =
                        ByteBuffer.allocateDirect(elements.byteCount()).order(ByteOrder.LITTLE_ENDIAN);
                elements.writer().accept(into);
                assertThat(into.hasRemaining())
                        .as("bytes of %s that were not written", tensor.name())
                        .isFalse();
            }
        }
    }

    @Test
    void noCallerEndsTheServer() throws Exception {
        Map<Status.Code, AtomicInteger> outcomes = new ConcurrentHashMap<>();
        try (WireServer server = new WireServer(admission, WireFuzzIT::answer)) {
            send(server, OVER_THE_WIRE, seed -> HostileRequests.next(new Random(seed)), outcomes);

            assertThat(outcomes).containsOnlyKeys(Status.Code.OK, Status.Code.INVALID_ARGUMENT, Status.Code.CANCELLED);
        }
    }

    @Test
    void memoryIsFlatOverManyRequests() throws Exception {
        Map<Status.Code, AtomicInteger> outcomes = new ConcurrentHashMap<>();
        byte[][] requests = new byte[50][];
        for (int index = 0; index < requests.length; index++) {
            requests[index] = HostileRequests.valid(new Random(index)).toByteArray();
        }
        try (WireServer server = new WireServer(admission, WireFuzzIT::answer)) {
            send(server, VALID / 10, seed -> requests[seed % requests.length], outcomes);
            server.awaitIdle();
            long afterTheFirst = server.heldBytes();

            send(server, VALID - VALID / 10, seed -> requests[seed % requests.length], outcomes);
            server.awaitIdle();

            // The connection has one buffer that it reads into, of a size that follows what comes.
            assertThat(server.heldBytes()).isLessThanOrEqualTo(afterTheFirst + 256 * 1024);
        }
    }

    private static void answer(
            WireMessage<ModelInferRequest> message, WireCall<ModelInferRequest, ModelInferResponse> call) {
        try (message) {
            gather(message);
        }
        call.send(ModelInferResponse.getDefaultInstance());
        call.complete();
    }

    /** Sends requests, some of whose callers go before they are answered; returns when all have ended. */
    private static void send(WireServer server, int count, Requests requests, Map<Status.Code, AtomicInteger> outcomes)
            throws InterruptedException {
        Semaphore free = new Semaphore(IN_FLIGHT);
        for (int seed = 0; seed < count; seed++) {
            assertThat(free.tryAcquire(30, TimeUnit.SECONDS)).as("calls end").isTrue();
            ClientCall<byte[], byte[]> call =
                    server.channel().newCall(WireServer.rawInfer(MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            outcomes.computeIfAbsent(status.getCode(), code -> new AtomicInteger())
                                    .incrementAndGet();
                            free.release();
                        }
                    },
                    new Metadata());
            call.request(1);
            call.sendMessage(requests.of(seed));
            if (seed % 10 == 0) {
                call.cancel("gone", null);
            } else {
                call.halfClose();
            }
        }
        Eventually.until("all calls have ended", () -> free.availablePermits() == IN_FLIGHT);
    }

    private interface Requests {
        byte[] of(int seed);
    }

    /** What the generator calls valid is. */
    @Test
    void someRequestsAreRight() {
        for (int seed = 0; seed < 100; seed++) {
            ByteString bytes = HostileRequests.valid(new Random(seed)).toByteString();
            Random random = new Random(seed);
            assertThat(outcome(new SplitStream(bytes.toByteArray(), random), new AdmittedCall(admission)))
                    .as("seed %s", seed)
                    .isEqualTo(Status.Code.OK);
        }
    }
}
