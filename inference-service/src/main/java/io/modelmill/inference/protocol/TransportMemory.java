package io.modelmill.inference.protocol;

import io.grpc.netty.NettyServerBuilder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import jakarta.inject.Singleton;

/**
 * The memory that the connections of callers read into and write from. Requests stay in it until they are run. It holds more
 * than the requests' bytes: a buffer that was read from a connection is kept whole as long as one of the calls in it is.
 */
@Singleton
public class TransportMemory {
    /** A read that brings little keeps a whole buffer; two frames fit into the largest. */
    private static final int LARGEST_READ = 32 * 1024;

    private static final int FIRST_READ = 4 * 1024;
    private static final int SMALLEST_READ = 1024;

    private final PooledByteBufAllocator allocator = new PooledByteBufAllocator(true);

    /** Lets the server's connections take their buffers from it. */
    public void useFor(NettyServerBuilder server) {
        use(server, allocator);
    }

    /** Lets the server's connections read into buffers of the allocator. */
    static void use(NettyServerBuilder server, ByteBufAllocator allocator) {
        server.withChildOption(ChannelOption.ALLOCATOR, allocator)
                .withChildOption(
                        ChannelOption.RCVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(SMALLEST_READ, FIRST_READ, LARGEST_READ));
    }

    /** Bytes of all buffers that are in use. It walks through all memory that is held, in pieces of 4 MB. */
    long heldBytes() {
        return allocator.pinnedDirectMemory();
    }

    /**
     * Bytes that are taken from the JVM's direct memory. They are more than those of the buffers in use: a piece of 4 MB is kept
     * whole while one small buffer in it is.
     */
    long takenBytes() {
        return allocator.metric().usedDirectMemory();
    }
}
