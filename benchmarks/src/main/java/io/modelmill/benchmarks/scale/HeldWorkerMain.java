package io.modelmill.benchmarks.scale;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A worker that only holds its place: as long as a file is there and its service lives. It then ends without a word. */
public final class HeldWorkerMain {
    /** Names the file. */
    static final String PROPERTY = "modelmill.bench.hold";

    private static final Duration PAUSE = Duration.ofMillis(20);

    private HeldWorkerMain() {}

    public static void main(String[] arguments) {
        Path hold = Path.of(System.getProperty(PROPERTY));
        ProcessHandle service = ProcessHandle.current().parent().orElseThrow();
        while (Files.exists(hold) && service.isAlive()) {
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        // Without the time that a JVM takes to end well.
        Runtime.getRuntime().halt(0);
    }
}
