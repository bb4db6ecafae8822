package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over a real transport. Each server checks when it closes that no buffer and nothing of the budget is lost. */
class WireMessageIT {
    private final Admission admission = new Admission(100, 64 << 20, () -> 0);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 1024, 600_000, 16_000_000})
    void readsTensorsOfAnySizeFromTheTransportsOwnBuffers(int size) throws Exception {
        ByteString tensor = random(size);
        AtomicBoolean direct = new AtomicBoolean();
        try (WireServer server = new WireServer(admission, (request, call) -> {
            ByteString raw = request.message().getRawInputContents(0);
            direct.set(raw.asReadOnlyByteBufferList().stream().allMatch(ByteBuffer::isDirect));
            answer(request, call, raw);
        })) {
            ModelInferResponse response = server.stub().modelInfer(request(tensor));

            assertThat(response.getRawOutputContents(0)).isEqualTo(tensor);
            // Of a few bytes protobuf makes one array where they lie in two buffers.
            assertThat(direct.get() || size <= 128).as("the tensor is no copy").isTrue();
        }
    }

    @Test
    void readsEncodedRequests() throws Exception {
        ByteString tensor = ByteString.copyFrom(new byte[1_000_000]);
        try (WireServer server = new WireServer(
                admission,
                (request, call) -> answer(request, call, request.message().getRawInputContents(0)))) {
            ModelInferResponse response = server.stub().withCompression("gzip").modelInfer(request(tensor));

            assertThat(response.getRawOutputContents(0)).isEqualTo(tensor);
        }
    }

    @Test
    void countsWhatAnEncodedRequestBecomes() throws Exception {
        Admission small = new Admission(100, 1 << 20, () -> 0);
        try (WireServer server = echo(small)) {
            Refusal refusal = InferenceClient.refusal(() -> server.stub()
                    .withCompression("gzip")
                    .modelInfer(request(ByteString.copyFrom(new byte[16_000_000]))));

            assertThat(refusal.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(refusal.reason()).isEqualTo("REQUEST_TOO_LARGE");
        }
    }

    @Test
    void refusesLargerMessagesThanAreTaken() throws Exception {
        try (WireServer server = echo(new Admission(100, 1L << 30, () -> 0))) {
            ByteString tensor = ByteString.copyFrom(new byte[WireServer.LARGEST_MESSAGE]);

            Refusal plain = InferenceClient.refusal(() -> server.stub().modelInfer(request(tensor)));
            Refusal encoded = InferenceClient.refusal(
                    () -> server.stub().withCompression("gzip").modelInfer(request(tensor)));

            assertThat(plain.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(plain.message()).contains("exceeds maximum size " + WireServer.LARGEST_MESSAGE);
            assertThat(encoded.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(encoded.message()).contains("exceeds maximum size " + WireServer.LARGEST_MESSAGE);
        }
    }

    @Test
    void saysThatAMessageIsNone() throws Exception {
        try (WireServer server = echo(admission)) {
            Refusal refusal = InferenceClient.refusal(() -> server.send(new byte[] {(byte) 0xff, 1, 2}));

            assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refusal.reason()).isEqualTo("REQUEST_MALFORMED");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 5})
    void takesOneRequest(int requests) throws Exception {
        try (WireServer server = echo(admission)) {
            Closed closed = new Closed();
            ClientCall<byte[], byte[]> call =
                    server.channel().newCall(WireServer.rawInfer(MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
            call.start(closed, new Metadata());
            call.request(1);
            for (int sent = 0; sent < requests; sent++) {
                call.sendMessage(request(random(2000)).toByteArray());
            }
            call.halfClose();

            Status status = closed.status.join();
            assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(status.getDescription()).startsWith("requests: " + (requests == 0 ? "0" : "2 or more"));
        }
    }

    @Test
    void givesTheBuffersBackWhenTheCallerGoesBeforeItsRequestIsWhole() throws Exception {
        try (WireServer server = echo(admission)) {
            ClientCall<byte[], byte[]> call =
                    server.channel().newCall(WireServer.rawInfer(MethodType.CLIENT_STREAMING), CallOptions.DEFAULT);
            call.start(new Closed(), new Metadata());
            call.sendMessage(request(random(500_000)).toByteArray());
            Eventually.until("it has come", () -> admission.bytesInFlight() > 500_000);

            call.cancel("gone", null);

            server.awaitIdle();
        }
    }

    @Test
    void keepsTheBuffersOfACallerThatHasGoneUntilTheyAreClosed() throws Exception {
        ByteString tensor = random(500_000);
        AtomicReference<WireMessage<ModelInferRequest>> kept = new AtomicReference<>();
        AtomicBoolean cancelled = new AtomicBoolean();
        try (WireServer server = new WireServer(admission, (request, call) -> {
            kept.set(request);
            call.onCancel(() -> cancelled.set(true));
        })) {
            ClientCall<byte[], byte[]> call =
                    server.channel().newCall(WireServer.rawInfer(MethodType.UNARY), CallOptions.DEFAULT);
            call.start(new Closed(), new Metadata());
            call.sendMessage(request(tensor).toByteArray());
            call.halfClose();
            Eventually.until("it has come", () -> kept.get() != null);
            call.cancel("gone", null);
            Eventually.until("the server knows", cancelled::get);

            WireMessage<ModelInferRequest> message = kept.get();
            ByteBuffer copy = ByteBuffer.allocate(tensor.size());
            assertThat(admission.requestsInFlight()).isEqualTo(1);
            assertThat(message.whileOpen(() -> {
                        // While it is read, a close does not take it away.
                        message.close();
                        message.message().getRawInputContents(0).copyTo(copy);
                    }))
                    .isTrue();
            assertThat(ByteString.copyFrom(copy.flip())).isEqualTo(tensor);
            assertThat(message.whileOpen(() -> {})).isFalse();
            message.close();
        }
    }

    @Test
    void givesTheBuffersBackWhenTheMethodThrows() throws Exception {
        try (WireServer server = new WireServer(admission, (request, call) -> {
            throw new IllegalStateException("expected by this test");
        })) {
            Refusal refusal = InferenceClient.refusal(() -> server.stub().modelInfer(request(random(100_000))));

            assertThat(refusal.code()).isEqualTo(Status.Code.INTERNAL);
        }
    }

    @Test
    void lettingGoOfAnAnswersMemoryIsSafeOnceItWasSent() throws Exception {
        byte[] expected = random(3_000_000).toByteArray();
        try (WireServer server = new WireServer(admission, (request, call) -> {
            request.close();
            ByteBuffer memory = ByteBuffer.allocateDirect(expected.length);
            memory.put(expected).flip();
            call.send(response(UnsafeByteOperations.unsafeWrap(memory.duplicate())));
            // The run thread's next batch writes here.
            memory.put(new byte[expected.length]);
            call.complete();
        })) {
            assertThat(server.stub().modelInfer(request(random(10))).getRawOutputContents(0))
                    .isEqualTo(ByteString.copyFrom(expected));
        }
    }

    private static WireServer echo(Admission admission) throws Exception {
        return new WireServer(
                admission,
                (request, call) -> answer(request, call, request.message().getRawInputContents(0)));
    }

    private static void answer(
            WireMessage<ModelInferRequest> request,
            WireCall<ModelInferRequest, ModelInferResponse> call,
            ByteString tensor) {
        call.send(response(tensor));
        request.close();
        call.complete();
    }

    private static ModelInferResponse response(ByteString tensor) {
        return ModelInferResponse.newBuilder().addRawOutputContents(tensor).build();
    }

    private static ModelInferRequest request(ByteString tensor) {
        return InferenceClient.request("m", "", "x", "UINT8", List.of((long) tensor.size()), tensor);
    }

    private static ByteString random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private static final class Closed extends ClientCall.Listener<byte[]> {
        final CompletableFuture<Status> status = new CompletableFuture<>();

        @Override
        public void onClose(Status closed, Metadata trailers) {
            status.complete(closed);
        }
    }
}
