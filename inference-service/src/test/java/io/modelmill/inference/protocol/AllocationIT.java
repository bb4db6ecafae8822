package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import com.sun.management.ThreadMXBean;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heap that the way of a tensor takes, from the wire into a run's memory and back. */
class AllocationIT {
    private static final int WARM_UP = 50;
    private static final int MEASURED = 50;

    /**
     * Heap in the place of the tensor would be 100 % of it. A frame of 16 KB takes some objects of Netty, grpc-java and
     * protobuf, which describe where its bytes lie, and so does a read that brings less.
     */
    private static final int PERCENT = 10;

    /** What a call costs whatever its size, in bytes. */
    private static final long CONSTANT = 32 * 1024;

    @ParameterizedTest
    @ValueSource(ints = {1024, 600_000, 6_000_000})
    void takesHeapOnlyToDescribeWhereATensorLies(int size) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Admission admission = new Admission(100, 256 << 20, () -> 0);
        ByteBuffer memory = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
        Signature signature = new Signature(
                List.of(new TensorSpec("x", Datatype.UINT8, List.of(-1L))),
                List.of(new TensorSpec("y", Datatype.UINT8, List.of(-1L))));
        try (WireServer server = new WireServer(
                admission, WireServer.LARGEST_MESSAGE, new PooledByteBufAllocator(true), (message, call) -> {
                    try (message) {
                        InferenceInput input = InferRequestCodec.read(message.message(), signature)
                                .within(message);
                        TensorContent.Elements tensor = (TensorContent.Elements)
                                input.inputs().getFirst().content();
                        tensor.writer().accept(memory.clear());
                    }
                    call.send(ModelInferResponse.newBuilder()
                            .addRawOutputContents(UnsafeByteOperations.unsafeWrap(
                                    memory.flip().duplicate()))
                            .build());
                    call.complete();
                })) {
            ModelInferRequest request = InferenceClient.request(
                    "m", "", "x", "UINT8", List.of((long) size), ByteString.copyFrom(new byte[size]));
            for (int call = 0; call < WARM_UP; call++) {
                server.stub().modelInfer(request);
            }

            long thread = server.eventLoop().threadId();
            long before = threads.getThreadAllocatedBytes(thread);
            for (int call = 0; call < MEASURED; call++) {
                server.stub().modelInfer(request);
            }
            long each = (threads.getThreadAllocatedBytes(thread) - before) / MEASURED;

            // Both ways.
            assertThat(each)
                    .as("bytes of heap for each call")
                    .isLessThanOrEqualTo(2L * size * PERCENT / 100 + CONSTANT);
        }
    }
}
