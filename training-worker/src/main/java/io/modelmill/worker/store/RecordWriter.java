package io.modelmill.worker.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes as many bytes of each row into a file, about a megabyte at a time. */
public final class RecordWriter {
    private static final long BUFFER = 1 << 20;

    private final WorkFiles files;
    private final String name;
    private final FileChannel channel;
    private final long stride;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer;
    private long filled;

    RecordWriter(WorkFiles files, String name, FileChannel channel, long stride) {
        this.files = files;
        this.name = name;
        this.channel = channel;
        this.stride = stride;
        this.buffer = arena.allocate(Math.max(1, BUFFER / stride) * stride, 64);
    }

    /** Where the next row's bytes go; all of them are to be written before the next call. */
    public MemorySegment next() {
        if (filled == buffer.byteSize()) {
            flush();
        }
        MemorySegment record = buffer.asSlice(filled, stride);
        filled += stride;
        return record;
    }

    /** Writes a row of one byte. */
    public void add(byte value) {
        next().set(ValueLayout.JAVA_BYTE, 0, value);
    }

    /** Writes a row of one 32-bit integer. */
    public void add(int value) {
        next().set(ValueLayout.JAVA_INT, 0, value);
    }

    /** Writes a row of one 64-bit integer. */
    public void add(long value) {
        next().set(ValueLayout.JAVA_LONG, 0, value);
    }

    /** Writes a row of one 32-bit float. */
    public void add(float value) {
        next().set(ValueLayout.JAVA_FLOAT, 0, value);
    }

    /** Writes a row of one 64-bit float. */
    public void add(double value) {
        next().set(ValueLayout.JAVA_DOUBLE, 0, value);
    }

    /** Writes rows of one byte each. */
    void addAll(MemorySegment values) {
        long written = 0;
        while (written < values.byteSize()) {
            if (filled == buffer.byteSize()) {
                flush();
            }
            long part = Math.min(values.byteSize() - written, buffer.byteSize() - filled);
            MemorySegment.copy(values, written, buffer, filled, part);
            filled += part;
            written += part;
        }
    }

    /** Ends the file and maps it. */
    public Records finish() {
        flush();
        release();
        return files.map(name, stride);
    }

    /** Gives memory and file back; nothing is written any more. */
    void release() {
        if (arena.scope().isAlive()) {
            arena.close();
            try {
                channel.close();
            } catch (IOException e) {
                throw WorkFiles.failed(e);
            }
        }
    }

    private void flush() {
        ByteBuffer bytes = buffer.asSlice(0, filled).asByteBuffer();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw WorkFiles.failed(e);
        }
        filled = 0;
    }
}
