package io.modelmill.fleet.process;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A process to be found again by another program. The number alone would not do, for numbers are used again.
 *
 * @param start when the process began
 */
public record ProcessRef(long pid, Instant start) {
    /** The kernel counts from boot, and the time of boot is corrected with the clock. */
    private static final Duration TOLERANCE = Duration.ofSeconds(2);

    /** The reference to a running process. */
    public static ProcessRef of(ProcessHandle process) {
        return new ProcessRef(process.pid(), process.info().startInstant().orElse(Instant.EPOCH));
    }

    /** Reads what {@link #toString} wrote. */
    public static ProcessRef parse(String text) {
        int at = text.indexOf('@');
        if (at < 1) {
            throw new IllegalArgumentException("process: \"" + text + "\" (expected: PID@MILLISECONDS)");
        }
        return new ProcessRef(
                Long.parseLong(text.substring(0, at)), Instant.ofEpochMilli(Long.parseLong(text.substring(at + 1))));
    }

    /** The process, if it still runs. */
    public Optional<ProcessHandle> find() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> process.info()
                        .startInstant()
                        .map(other -> Duration.between(start, other).abs().compareTo(TOLERANCE) <= 0)
                        .orElse(false));
    }

    @Override
    public String toString() {
        return pid + "@" + start.toEpochMilli();
    }
}
