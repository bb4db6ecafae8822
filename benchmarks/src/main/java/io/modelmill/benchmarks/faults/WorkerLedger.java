package io.modelmill.benchmarks.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What small workers asked for and what they were answered, one line a call, one file an attempt's process. */
final class WorkerLedger {
    /** Names the folder to workers. */
    static final String PROPERTY = "modelmill.faults.ledger";

    private final Path file;

    /** Of this process. */
    WorkerLedger(Path folder, String job, long attempt) {
        this.file = folder.resolve(job.replace('/', '_') + "." + attempt + "."
                + ProcessHandle.current().pid());
    }

    /** What a worker asks for. */
    enum Call {
        /** Not a call: the process has begun. */
        START,
        ASSIGNMENT,
        RENEWAL,
        PROGRESS,
        CHECKPOINT,
        TRAINED,
        FAILED,
        CANCELLED,
        YIELDED;

        /** Whether it tells how the attempt ended; told twice, it is answered as the first time. */
        boolean isOutcome() {
            return this == TRAINED || this == FAILED || this == CANCELLED || this == YIELDED;
        }
    }

    /**
     * One call.
     *
     * @param attempt its fencing token
     * @param pid of the worker
     * @param begin before it was made
     * @param answer name of the gRPC status
     */
    record Entry(String job, long attempt, long pid, Call call, Instant begin, String answer) {
        boolean isAccepted() {
            return answer.equals("OK");
        }

        boolean isRefusedAsStale() {
            return answer.equals("ABORTED");
        }

        private String line() {
            return String.join(
                    "\t",
                    job,
                    Long.toString(attempt),
                    Long.toString(pid),
                    call.name(),
                    Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, begin)),
                    answer);
        }

        static Entry parse(String line) {
            String[] parts = line.split("\t", -1);
            return new Entry(
                    parts[0],
                    Long.parseLong(parts[1]),
                    Long.parseLong(parts[2]),
                    Call.valueOf(parts[3]),
                    Instant.EPOCH.plus(Long.parseLong(parts[4]), ChronoUnit.MICROS),
                    parts[5]);
        }
    }

    /** Notes a call that was answered. */
    void note(Entry entry) {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            // In one write, so that a worker that is killed leaves no half line.
            channel.write(ByteBuffer.wrap((entry.line() + "\n").getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that workers noted. */
    static List<Entry> read(Path folder) {
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                Files.readAllLines(file).stream().map(Entry::parse).forEach(entries::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }
}
