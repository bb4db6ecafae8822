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
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The wire side of the service alone, on a free port: calls go to a method of the test. All buffers of its connections come
 * from one allocator; unless a test says otherwise it pools nothing, so that what it has given out is known to the byte.
 */
final class WireServer implements AutoCloseable {
    /** Largest message unless a test says otherwise, in bytes. */
    static final int LARGEST_MESSAGE = 32 * 1024 * 1024;

    private final ByteBufAllocator allocator;
    private final Admission admission;
    private final EventLoopGroup eventLoops = new NioEventLoopGroup(1, runnable -> {
        Thread thread = new Thread(runnable, "wire-server");
        thread.setDaemon(true);
        eventLoop = thread;
        return thread;
    });
    private final Server server;
    private volatile @Nullable Thread eventLoop;
    private final ManagedChannel channel;

    WireServer(Admission admission, WireCallHandler.Method<ModelInferRequest, ModelInferResponse> method)
            throws IOException {
        this(admission, LARGEST_MESSAGE, new UnpooledByteBufAllocator(true), method);
    }

    WireServer(
            Admission admission,
            int largestMessage,
            ByteBufAllocator allocator,
            WireCallHandler.Method<ModelInferRequest, ModelInferResponse> method)
            throws IOException {
        this.admission = admission;
        this.allocator = allocator;
        MethodDescriptor<ModelInferRequest, ModelInferResponse> infer = GRPCInferenceServiceGrpc.getModelInferMethod();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .directExecutor()
                .channelType(NioServerSocketChannel.class)
                .bossEventLoopGroup(eventLoops)
                .workerEventLoopGroup(eventLoops)
                .maxInboundMessageSize(largestMessage)
                .addStreamTracerFactory(admission)
                .addService(WireMethods.replace(
                        GRPCInferenceServiceGrpc.bindService(new GRPCInferenceServiceGrpc.AsyncService() {}),
                        ServerMethodDefinition.create(
                                infer.toBuilder(
                                                new WireMarshaller<>(
                                                        ModelInferRequest.parser(), WireCost.INFER_REQUEST),
                                                infer.getResponseMarshaller())
                                        .build(),
                                new WireCallHandler<>(admission, method))));
        TransportMemory.use(builder, allocator);
        this.server = builder.build().start();
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .maxInboundMessageSize(largestMessage)
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

    /** The one thread on which requests are read. */
    Thread eventLoop() {
        return Objects.requireNonNull(eventLoop);
    }

    /** Direct memory that the server's connections hold, in bytes. */
    long heldBytes() {
        return allocator instanceof PooledByteBufAllocator pooled
                ? pooled.pinnedDirectMemory()
                : ((UnpooledByteBufAllocator) allocator).metric().usedDirectMemory();
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
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
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
