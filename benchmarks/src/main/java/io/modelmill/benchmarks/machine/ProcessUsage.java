package io.modelmill.benchmarks.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a process has used so far.
 *
 * @param processorTime of all its threads
 * @param residentBytes of memory now; empty where the kernel does not tell
 */
public record ProcessUsage(Duration processorTime, Optional<Long> residentBytes) {
    private static final String RESIDENT = "VmRSS:";

    /** Reads what the kernel says of a process; one that has gone has used nothing. */
    public static ProcessUsage of(long pid) {
        Duration time = ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
        Path status = Path.of("/proc", Long.toString(pid), "status");
        try {
            return new ProcessUsage(
                    time,
                    Files.exists(status)
                            ? Files.readAllLines(status).stream()
                                    .filter(line -> line.startsWith(RESIDENT))
                                    .findFirst()
                                    .map(ProcessUsage::bytes)
                            : Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** This process. */
    public static ProcessUsage current() {
        return of(ProcessHandle.current().pid());
    }

    /** Of a line such as {@code VmRSS:  123456 kB}. */
    static long bytes(String line) {
        return Long.parseLong(
                        line.substring(RESIDENT.length()).replace("kB", "").strip())
                * 1024;
    }
}
