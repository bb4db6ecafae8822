package io.modelmill.inference.placement;

import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionFile;
import io.modelmill.inference.session.GraphRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Which versions were being loaded or run when this process died, kept on disk: a graph can take the whole process with
 * it, and would do so again after every restart. What is under way stands in a file for each load and in a mapped table
 * with a place for each run thread, which survives the process without a system call. Whatever is still there at the next
 * start has a fault; {@link #LIMIT} faults put the version into quarantine on this replica. A replica that stops by itself
 * leaves none.
 *
 * <p>All versions that ran at a death are suspects, and a process that was killed from outside counts as dead, too. So a
 * fault is forgotten when the version has lived through {@link PlacementConfig#faultMemory} in one process. A quarantine
 * stays until the version has other files or the folder is deleted.
 */
final class FaultJournal implements AutoCloseable {
    static final int LIMIT = 2;

    private static final Logger LOG = Logger.getLogger(FaultJournal.class);
    private static final String LOADING = "loading-";
    private static final ValueLayout.OfLong LAYOUT = ValueLayout.JAVA_LONG;
    /** A line of the processor's cache, so that threads do not share one. */
    private static final long PLACE_BYTES = 64;

    private final Path directory;
    private final MemorySegment running;
    private final Map<Long, Integer> faults = new ConcurrentHashMap<>();
    private final Set<Long> loaded = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Counts what the last process left.
     *
     * @param directory of this replica alone; made if it is missing
     * @param threads that run
     * @throws UncheckedIOException if the folder cannot be written to
     */
    FaultJournal(Path directory, int threads) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            readFaults();
            Set<Long> left = new HashSet<>(takeLoads());
            Path table = directory.resolve("running");
            left.addAll(ids(table));
            left.forEach(this::fault);
            writeFaults();
            try (FileChannel file = FileChannel.open(
                    table, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                // Never truncated: what maps it in this process still would be cut off.
                long size = Math.max(file.size(), threads * PLACE_BYTES);
                running = file.map(FileChannel.MapMode.READ_WRITE, 0, size, Arena.ofAuto());
                running.fill((byte) 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("modelmill.cache.directory: " + directory + " (expected: writable)", e);
        }
    }

    /** The same for versions of the same bytes, whatever their names; never 0. */
    static long id(ServedVersion version) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            version.files().stream()
                    .map(VersionFile::sha256)
                    .sorted()
                    .forEach(sha256 -> digest.update(sha256.getBytes(StandardCharsets.US_ASCII)));
            return ByteBuffer.wrap(digest.digest()).getLong() | 1;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    boolean isQuarantined(long id) {
        return faults.getOrDefault(id, 0) >= LIMIT;
    }

    /** Versions, by their bytes. */
    long quarantined() {
        return faults.values().stream().filter(count -> count >= LIMIT).count();
    }

    /** A load begins; it has ended, well or not, when the answer is closed. */
    Loading loading(long id) {
        Path marker = directory.resolve(LOADING + Long.toHexString(id));
        try {
            Files.write(marker, new byte[0]);
        } catch (IOException e) {
            LOG.warnf("%s: not written, a death in this load will not be known: %s", marker, e);
        }
        return () -> {
            try {
                Files.deleteIfExists(marker);
            } catch (IOException e) {
                LOG.errorf("%s: not deleted, the load will count as a death: %s", marker, e);
            }
            loaded.add(id);
        };
    }

    /** The runner, whose runs stand in the table while they last. */
    GraphRunner watching(long id, GraphRunner runner) {
        return new WatchedRunner(this, id, runner);
    }

    void begin(int thread, long id) {
        if (!closed) {
            running.set(LAYOUT, thread * PLACE_BYTES, id);
        }
    }

    void end(int thread) {
        running.set(LAYOUT, thread * PLACE_BYTES, 0);
    }

    /** Forgets the faults of versions that this process has loaded, for it has lived long enough with them. */
    void forgive() {
        if (faults.entrySet().removeIf(fault -> fault.getValue() < LIMIT && loaded.contains(fault.getKey()))) {
            try {
                writeFaults();
            } catch (IOException e) {
                LOG.warnf("%s: faults not forgotten: %s", directory, e);
            }
        }
    }

    /** The process ends by itself: nothing under way is a fault. */
    @Override
    public void close() {
        closed = true;
        running.fill((byte) 0);
        try {
            List<Long> _ = takeLoads();
        } catch (IOException e) {
            LOG.warnf("%s: not cleaned: %s", directory, e);
        }
    }

    private void fault(long id) {
        int count = faults.merge(id, 1, Integer::sum);
        LOG.errorf(
                "version %016x was being loaded or run when this process died, %d times now%s",
                id, count, count >= LIMIT ? ": in quarantine" : "");
    }

    private List<Long> takeLoads() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> markers = files.filter(
                            file -> file.getFileName().toString().startsWith(LOADING))
                    .toList();
            for (Path marker : markers) {
                Files.delete(marker);
            }
            return markers.stream()
                    .map(marker -> marker.getFileName().toString().substring(LOADING.length()))
                    .map(id -> Long.parseUnsignedLong(id, 16))
                    .toList();
        }
    }

    private static Set<Long> ids(Path table) throws IOException {
        if (Files.notExists(table)) {
            return Set.of();
        }
        MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(table));
        Set<Long> ids = new HashSet<>();
        for (long place = 0; place + PLACE_BYTES <= bytes.byteSize(); place += PLACE_BYTES) {
            long id = bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, place);
            if (id != 0) {
                ids.add(id);
            }
        }
        return ids;
    }

    private void readFaults() throws IOException {
        Path file = directory.resolve("faults");
        if (Files.notExists(file)) {
            return;
        }
        for (String line : Files.readAllLines(file)) {
            int space = line.indexOf(' ');
            try {
                faults.put(
                        Long.parseUnsignedLong(line.substring(0, space), 16),
                        Integer.parseInt(line.substring(space + 1)));
            } catch (RuntimeException e) {
                LOG.warnf("%s: line passed over: %s (expected: ID COUNT)", file, line);
            }
        }
    }

    private void writeFaults() throws IOException {
        String lines = faults.entrySet().stream()
                .map(fault -> Long.toHexString(fault.getKey()) + " " + fault.getValue() + "\n")
                .collect(Collectors.joining());
        Path next = Files.writeString(directory.resolve("faults.part"), lines);
        Files.move(next, directory.resolve("faults"), StandardCopyOption.ATOMIC_MOVE);
    }

    /** A load that is under way. */
    interface Loading extends AutoCloseable {
        @Override
        void close();
    }
}
