package io.modelmill.inference.protocol;

import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A request as a transport gives it: in direct buffers of any size, which are overwritten once they are given back. */
final class SplitStream extends InputStream implements KnownLength, HasByteBuffer, Detachable {
    private final List<ByteBuffer> buffers = new ArrayList<>();
    private int at;
    private boolean marked;
    private boolean detached;
    private int closed;

    SplitStream(byte[] bytes, Random random) {
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes.length).put(bytes).clear();
        int from = 0;
        while (from < bytes.length) {
            int size = Math.min(bytes.length - from, 1 + random.nextInt(random.nextBoolean() ? 10 : 20_000));
            buffers.add(memory.slice(from, size));
            from += size;
        }
    }

    int closedTimes() {
        return closed;
    }

    @Override
    public InputStream detach() {
        if (detached) {
            throw new IllegalStateException("detached twice");
        }
        detached = true;
        return this;
    }

    @Override
    public boolean byteBufferSupported() {
        return true;
    }

    @Override
    public boolean markSupported() {
        return true;
    }

    @Override
    public synchronized void mark(int limit) {
        marked = true;
    }

    @Override
    public @Nullable ByteBuffer getByteBuffer() {
        return at == buffers.size() ? null : buffers.get(at).asReadOnlyBuffer();
    }

    @Override
    public long skip(long count) {
        if (!marked) {
            throw new IllegalStateException("a buffer that is skipped without a mark is given back");
        }
        ByteBuffer buffer = buffers.get(at);
        if (count != buffer.remaining()) {
            throw new IllegalStateException("skips " + count + " of " + buffer.remaining());
        }
        at++;
        return count;
    }

    @Override
    public int available() {
        return buffers.subList(at, buffers.size()).stream()
                .mapToInt(ByteBuffer::remaining)
                .sum();
    }

    @Override
    public int read() throws IOException {
        throw new IOException("read in place of its buffers");
    }

    @Override
    public void close() {
        closed++;
        for (ByteBuffer buffer : buffers) {
            for (int index = 0; index < buffer.capacity(); index++) {
                buffer.put(index, (byte) 0xee);
            }
        }
    }
}
