package io.modelmill.inference.server;

import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** The threads of the server: they accept connections, read requests and write answers. */
final class EventLoops implements AutoCloseable {
    /** The rest of the processors is for the runs. */
    private static final int PROCESSORS_EACH = 4;

    private final EventLoopGroup group;
    private final Class<? extends ServerChannel> channel;

    private EventLoops(EventLoopGroup group, Class<? extends ServerChannel> channel) {
        this.group = group;
        this.channel = channel;
    }

    static EventLoops of(ServerConfig config) {
        int threads = config.eventLoops()
                .orElseGet(() -> Math.max(1, Runtime.getRuntime().availableProcessors() / PROCESSORS_EACH));
        if (threads < 1) {
            throw new IllegalArgumentException("modelmill.server.event-loops: " + threads + " (expected: >= 1)");
        }
        ThreadFactory named = new DefaultThreadFactory("grpc-event-loop", true);
        return Epoll.isAvailable()
                ? new EventLoops(new EpollEventLoopGroup(threads, named), EpollServerSocketChannel.class)
                : new EventLoops(new NioEventLoopGroup(threads, named), NioServerSocketChannel.class);
    }

    void useFor(NettyServerBuilder server) {
        server.bossEventLoopGroup(group).workerEventLoopGroup(group).channelType(channel);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
