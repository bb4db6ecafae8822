package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.proto.inference.ModelInferResponse;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More at a time than there is memory for. */
class AdmissionIT {
    private static final int TENSOR = 64 << 20;
    private static final int CALLS = 200;
    private static final long BUDGET = 160L << 20;

    @ParameterizedTest
    @ValueSource(ints = {1, CALLS})
    void manyLargeRequestsEndInAnswersOrRefusalsThatSayWhenToTryAgain(int connections) throws Exception {
        WireServer[] started = new WireServer[1];
        Admission admission = new Admission(1000, BUDGET, () -> started[0] == null ? 0 : started[0].heldBytes());
        AtomicLong mostHeld = new AtomicLong();
        AtomicLong read = new AtomicLong();
        byte[] request = InferenceClient.request(
                        "m", "", "x", "UINT8", List.of((long) TENSOR), ByteString.copyFrom(new byte[TENSOR]))
                .toByteArray();
        // As a run thread would: a request waits for its turn and is held meanwhile.
        ExecutorService run = Executors.newSingleThreadExecutor();
        try (WireServer server = new WireServer(
                        admission,
                        TENSOR + 4096,
                        new UnpooledByteBufAllocator(true),
                        (message, call) -> run.execute(() -> {
                            mostHeld.accumulateAndGet(started[0].heldBytes(), Math::max);
                            read.addAndGet(
                                    message.message().getRawInputContents(0).size());
                            message.close();
                            call.send(ModelInferResponse.getDefaultInstance());
                            call.complete();
                        }));
                FloodClient client = new FloodClient(server.port(), connections, request)) {
            started[0] = server;
            List<CompletableFuture<Http2Headers>> answers = new ArrayList<>();
            for (int call = 0; call < CALLS; call++) {
                answers.add(client.call());
            }

            int answered = 0;
            for (CompletableFuture<Http2Headers> answer : answers) {
                answered += isAnswer(answer.get(60, TimeUnit.SECONDS)) ? 1 : 0;
            }

            assertThat(read).hasValue((long) answered * TENSOR);
            // What was refused leaves a moment later.
            assertThat(mostHeld.get()).as("memory of the transport").isLessThan(4 * BUDGET);
            server.awaitIdle();
            Eventually.until("what was refused has left", () -> server.heldBytes() < BUDGET);
            Eventually.until("a caller that tries again is answered", () -> isAnswer(client));
        } finally {
            run.shutdownNow();
        }
    }

    private static boolean isAnswer(FloodClient client) {
        try {
            return isAnswer(client.call().get(60, TimeUnit.SECONDS));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** True for OK, false for RESOURCE_EXHAUSTED with RetryInfo; fails for all else. */
    private static boolean isAnswer(Http2Headers trailers) throws InvalidProtocolBufferException {
        String status = String.valueOf(trailers.get("grpc-status"));
        if (status.equals("0")) {
            return true;
        }
        assertThat(status).as("grpc-status, %s", trailers.get("grpc-message")).isEqualTo("8");
        Status details =
                Status.parseFrom(Base64.getDecoder().decode(String.valueOf(trailers.get("grpc-status-details-bin"))));
        assertThat(details.getDetailsList()).anyMatch(detail -> detail.is(RetryInfo.class));
        return false;
    }
}
