package io.modelmill.worker.store;

import io.modelmill.worker.failure.PlatformFailedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Files of rows in a folder of their own, which ends with them. They are mapped, so that their size is bounded by the disk and
 * not by memory; threads may share them.
 */
public final class WorkFiles implements AutoCloseable {
    private final Path folder;
    private final Arena arena = Arena.ofShared();
    private final List<Path> made = new ArrayList<>();
    private final List<RecordWriter> writers = new ArrayList<>();
    private long size;

    /** @param parent folder that is there */
    public WorkFiles(Path parent) {
        try {
            this.folder = Files.createTempDirectory(parent, "rows-");
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Begins a file.
     *
     * @param name unique among these files
     * @param stride bytes of a row, at least 1
     */
    public RecordWriter records(String name, long stride) {
        Path path = folder.resolve(name);
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            made.add(path);
            RecordWriter writer = new RecordWriter(this, name, channel, stride);
            writers.add(writer);
            return writer;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Begins a file of rows of any length. */
    public SpanWriter spans(String name) {
        return new SpanWriter(records(name, 1), records(name + "-ends", Long.BYTES));
    }

    /** Makes a file of zeros, for rows that are written in any order. */
    public Records zeros(String name, long stride, long count) {
        Path path = folder.resolve(name);
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            made.add(path);
            size += stride * count;
            return new Records(channel.map(FileChannel.MapMode.READ_WRITE, 0, stride * count, arena), stride);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    Records map(String name, long stride) {
        try (FileChannel channel =
                FileChannel.open(folder.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            size += channel.size();
            MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
            return new Records(memory, stride);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Bytes of all files that are mapped. */
    public long size() {
        return size;
    }

    /** A full disk is the machine's: what a job needs of it was reckoned before it was let in. */
    static PlatformFailedException failed(IOException e) {
        return new PlatformFailedException("the rows cannot be kept on disk: " + e.getMessage(), e);
    }

    /** Deletes the files; what was mapped must not be touched any more. */
    @Override
    public void close() {
        writers.forEach(RecordWriter::release);
        arena.close();
        try {
            for (Path path : made) {
                Files.deleteIfExists(path);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
