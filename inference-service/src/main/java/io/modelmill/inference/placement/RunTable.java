package io.modelmill.inference.placement;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What each run thread runs, in a mapped file: it survives the process without a system call. Each thread writes its own
 * place, and nobody reads it but the next process.
 */
final class RunTable {
    private static final ValueLayout.OfLong LAYOUT = ValueLayout.JAVA_LONG;
    /** A line of the processor's cache, so that threads do not share one: version, runs. */
    private static final long PLACE_BYTES = 64;

    private final MemorySegment places;

    /**
     * What a thread was running.
     *
     * @param id of the version
     * @param completed runs that the version had come through in that process, as far as they are counted
     */
    record Run(int thread, long id, long completed) {}

    /** Begins with an empty table. */
    RunTable(Path file, int threads) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            // Never truncated: what maps it in this process still would be cut off.
            long size = Math.max(channel.size(), threads * PLACE_BYTES);
            places = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, Arena.ofAuto());
            clear();
        }
    }

    /** What was left in the file. */
    static List<Run> left(Path file) throws IOException {
        List<Run> runs = new ArrayList<>();
        if (Files.notExists(file)) {
            return runs;
        }
        MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(file));
        for (long place = 0; place + PLACE_BYTES <= bytes.byteSize(); place += PLACE_BYTES) {
            long id = bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, place);
            if (id != 0) {
                runs.add(new Run(
                        (int) (place / PLACE_BYTES),
                        id,
                        bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, place + Long.BYTES)));
            }
        }
        return runs;
    }

    void begin(int thread, long id, long completed) {
        places.set(LAYOUT, thread * PLACE_BYTES + Long.BYTES, completed);
        places.set(LAYOUT, thread * PLACE_BYTES, id);
    }

    void end(int thread) {
        places.set(LAYOUT, thread * PLACE_BYTES, 0);
    }

    void clear() {
        places.fill((byte) 0);
    }
}
