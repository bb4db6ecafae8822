package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The wire side of the service alone, on a free port: calls go to a method of the test. All buffers of its connections come
 * from one allocator that pools nothing, so that what it has given out is known to the byte.
 */
final class WireServer implements AutoCloseable {
    /** Beyond any message of the tests, and below the default of the service. */
    static final int LARGEST_MESSAGE = 32 * 1024 * 1024;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final Admission admission;
    private final Server server;
    private final ManagedChannel channel;

    WireServer(Admission admission, WireCallHandler.Method<ModelInferRequest, ModelInferResponse> method)
            throws IOException {
        this.admission = admission;
        MethodDescriptor<ModelInferRequest, ModelInferResponse> infer = GRPCInferenceServiceGrpc.getModelInferMethod();
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .directExecutor()
                .withChildOption(ChannelOption.ALLOCATOR, allocator)
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .addStreamTracerFactory(admission)
                .addService(WireMethods.replace(
                        GRPCInferenceServiceGrpc.bindService(new GRPCInferenceServiceGrpc.AsyncService() {}),
                        ServerMethodDefinition.create(
                                infer.toBuilder(
                                                new WireMarshaller<>(ModelInferRequest.parser()),
                                                infer.getResponseMarshaller())
                                        .build(),
                                new WireCallHandler<>(admission, method))))
                .build()
                .start();
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .build();
    }

    int port() {
        return server.getPort();
    }

    ManagedChannel channel() {
        return channel;
    }

    GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub() {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    /** Sends any bytes in the place of a request, and answers those of the response. */
    byte[] send(byte[] request) {
        return ClientCalls.blockingUnaryCall(
                channel,
                rawInfer(MethodDescriptor.MethodType.UNARY),
                CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
                request);
    }

    /** ModelInfer of bytes, as any kind of method that a client may take it for. */
    static MethodDescriptor<byte[], byte[]> rawInfer(MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(
                        GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName())
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    /** Direct memory that the server's connections hold, in bytes. */
    long heldBytes() {
        return allocator.metric().usedDirectMemory();
    }

    /** Waits until the budget is whole. */
    void awaitIdle() {
        Eventually.until(
                "nothing is in flight", () -> admission.requestsInFlight() == 0 && admission.bytesInFlight() == 0);
    }

    /** Ends all calls and connections, and checks that no buffer was forgotten. */
    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        awaitIdle();
        Eventually.until("all buffers are given back", () -> heldBytes() == 0);
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return ByteString.readFrom(stream).toByteArray();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
