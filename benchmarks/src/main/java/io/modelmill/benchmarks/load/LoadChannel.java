package io.modelmill.benchmarks.load;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.TimeUnit;

/** A connection over which load is sent; its calls are answered on the transport's thread. */
public final class LoadChannel implements AutoCloseable {
    private static final int LARGEST_MESSAGE = 64 << 20;
    private static final long CLOSE_SECONDS = 5;

    private final ManagedChannel channel;

    private LoadChannel(ManagedChannel channel) {
        this.channel = channel;
    }

    /** Connects to a server without TLS. */
    public static LoadChannel open(String host, int port) {
        return new LoadChannel(NettyChannelBuilder.forAddress(host, port)
                .usePlaintext()
                .directExecutor()
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .build());
    }

    /** The connection. */
    public Channel channel() {
        return channel;
    }

    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow();
        channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
