package io.modelmill.inference.placement;

import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionFile;
import io.modelmill.inference.session.GraphRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Which versions were being loaded or run when this process died, kept on disk: a graph can take the whole process with
 * it, and would do so again after every restart. What is under way stands in a file for each load and in a mapped table
 * with a place for each run thread. What is still there at the next start makes a death, with the JVM's error file as the
 * witness; {@link Deaths} has the rules by which a version comes into quarantine on this replica. A replica that stops by
 * itself leaves none.
 *
 * <p>Suspicion is forgotten when the version has lived through {@link PlacementConfig#faultMemory} in one process. A
 * quarantine stays until the version has other files or the folder is deleted.
 */
final class FaultJournal implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(FaultJournal.class);
    private static final String LOADING = "loading-";
    private static final String RUN_THREAD = "session-run-";

    private final Path directory;
    private final RunTable running;
    private final Deaths deaths = new Deaths();
    /** Why, by version. */
    private final Map<Long, String> quarantined = new ConcurrentHashMap<>();

    private final Set<Long> loaded = ConcurrentHashMap.newKeySet();
    /** Held while a suspect is loaded, so that a death in its load has one suspect less. */
    private final ReentrantLock loadingSuspect = new ReentrantLock();

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
            readQuarantined();
            readDeaths();
            Path table = directory.resolve("running");
            Path process = directory.resolve("process");
            judge(takeLoads(), RunTable.left(table), CrashTrace.of(process));
            write();
            CrashTrace.prepare(process);
            running = new RunTable(table, threads);
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
        return quarantined.containsKey(id);
    }

    /** Why the version is in quarantine, in words for people; empty if it is not. */
    Optional<String> quarantine(long id) {
        return Optional.ofNullable(quarantined.get(id));
    }

    /** Versions, by their bytes. */
    long quarantined() {
        return quarantined.size();
    }

    /**
     * A load begins on this thread; it has ended, well or not, when the answer is closed on it. Suspects wait for each
     * other.
     */
    Loading loading(long id) throws InterruptedException {
        boolean suspect;
        synchronized (deaths) {
            suspect = deaths.suspects(id);
        }
        if (suspect) {
            loadingSuspect.lockInterruptibly();
        }
        Path marker = directory.resolve(LOADING + Long.toHexString(id));
        try {
            Files.writeString(marker, Thread.currentThread().getName());
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
            if (suspect) {
                loadingSuspect.unlock();
            }
        };
    }

    /** The runner, whose runs stand in the table while they last. */
    GraphRunner watching(long id, GraphRunner runner) {
        return new WatchedRunner(this, id, runner);
    }

    /** @param completed runs that the version has come through in this process */
    void begin(int thread, long id, long completed) {
        if (!closed) {
            running.begin(thread, id, completed);
        }
    }

    void end(int thread) {
        running.end(thread);
    }

    /** Forgets what versions are suspected of that this process has loaded, for it has lived long enough with them. */
    void forgive() {
        synchronized (deaths) {
            if (!deaths.clear(loaded)) {
                return;
            }
            try {
                write();
            } catch (IOException e) {
                LOG.warnf("%s: deaths not forgotten: %s", directory, e);
            }
        }
    }

    /** The process ends by itself: nothing under way is a fault. */
    @Override
    public void close() {
        closed = true;
        running.clear();
        try {
            List<Load> _ = takeLoads();
        } catch (IOException e) {
            LOG.warnf("%s: not cleaned: %s", directory, e);
        }
    }

    private void judge(List<Load> loads, List<RunTable.Run> runs, Optional<CrashTrace> trace) {
        Set<Long> suspects = trace.map(crash -> suspects(loads, runs, crash)).orElseGet(() -> suspects(loads, runs));
        // What is in quarantine was loaded before it came there, by a process of an older build at most.
        suspects.removeAll(quarantined.keySet());
        if (suspects.isEmpty()) {
            return;
        }
        LOG.errorf(
                "the last process died %s while these versions were loaded or run: %s",
                trace.isPresent() ? "in native code" : "without a trace",
                suspects.stream().map(Long::toHexString).sorted().toList());
        deaths.add(new Deaths.Death(trace.isPresent(), suspects)).forEach((id, why) -> {
            LOG.errorf("version %x: in quarantine: %s", id, why);
            quarantined.put(id, why);
        });
    }

    /** Of a crash: what was on the thread that crashed, if that is known and something was. */
    private static Set<Long> suspects(List<Load> loads, List<RunTable.Run> runs, CrashTrace crash) {
        String thread = crash.thread().orElse("");
        Set<Long> found = Stream.concat(
                        loads.stream()
                                .filter(load -> load.thread().equals(thread))
                                .map(Load::id),
                        runs.stream()
                                .filter(run -> thread.equals(RUN_THREAD + run.thread()))
                                .map(RunTable.Run::id))
                .collect(Collectors.toCollection(HashSet::new));
        if (found.isEmpty() && thread.startsWith(RUN_THREAD)) {
            // A load's first run, which does not stand in the table.
            loads.forEach(load -> found.add(load.id()));
        }
        if (found.isEmpty()) {
            loads.forEach(load -> found.add(load.id()));
            runs.forEach(run -> found.add(run.id()));
        }
        return found;
    }

    /** Of a death without a trace. */
    private static Set<Long> suspects(List<Load> loads, List<RunTable.Run> runs) {
        return Stream.concat(
                        loads.stream().map(Load::id),
                        runs.stream()
                                .filter(run -> run.completed() < Deaths.PROVEN)
                                .map(RunTable.Run::id))
                .collect(Collectors.toCollection(HashSet::new));
    }

    private List<Load> takeLoads() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> markers = files.filter(
                            file -> file.getFileName().toString().startsWith(LOADING))
                    .toList();
            List<Load> loads = new ArrayList<>();
            for (Path marker : markers) {
                loads.add(new Load(
                        Long.parseUnsignedLong(marker.getFileName().toString().substring(LOADING.length()), 16),
                        Files.readString(marker)));
                Files.delete(marker);
            }
            return loads;
        }
    }

    private void readQuarantined() throws IOException {
        for (String line : lines(directory.resolve("quarantine"))) {
            try {
                int space = line.indexOf(' ');
                quarantined.put(Long.parseUnsignedLong(line.substring(0, space), 16), line.substring(space + 1));
            } catch (RuntimeException e) {
                LOG.warnf("%s: line of quarantine passed over: %s (expected: ID REASON)", directory, line);
            }
        }
    }

    private void readDeaths() throws IOException {
        for (String line : lines(directory.resolve("deaths"))) {
            try {
                List<String> words = Arrays.asList(line.split(" "));
                deaths.remember(new Deaths.Death(
                        Boolean.parseBoolean(words.getFirst()),
                        words.subList(1, words.size()).stream()
                                .map(id -> Long.parseUnsignedLong(id, 16))
                                .collect(Collectors.toSet())));
            } catch (RuntimeException e) {
                LOG.warnf("%s: line of deaths passed over: %s (expected: CRASH ID...)", directory, line);
            }
        }
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.notExists(file) ? List.of() : Files.readAllLines(file);
    }

    private void write() throws IOException {
        replace(
                "quarantine",
                quarantined.entrySet().stream()
                        .map(entry -> Long.toHexString(entry.getKey()) + " " + entry.getValue()));
        replace(
                "deaths",
                deaths.all().stream()
                        .map(death -> death.crash() + " "
                                + death.suspects().stream()
                                        .map(Long::toHexString)
                                        .collect(Collectors.joining(" "))));
    }

    private void replace(String name, Stream<String> lines) throws IOException {
        Path next = Files.write(directory.resolve(name + ".part"), lines.toList());
        Files.move(next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private record Load(long id, String thread) {}

    /** A load that is under way. */
    interface Loading extends AutoCloseable {
        @Override
        void close();
    }
}
