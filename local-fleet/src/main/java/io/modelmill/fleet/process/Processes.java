package io.modelmill.fleet.process;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Ends processes within a bounded time. */
public final class Processes {
    /** How long a process may take to vanish once it was killed. */
    private static final Duration AFTER_KILL = Duration.ofSeconds(10);

    private Processes() {}

    /** Asks all to end, waits at most the grace for them, and kills what is left. */
    public static void stop(Collection<ProcessHandle> processes, Duration grace) {
        processes.forEach(ProcessHandle::destroy);
        if (!awaitEnd(processes, grace)) {
            kill(processes);
        }
    }

    /** Kills all and waits until they have gone. */
    public static void kill(Collection<ProcessHandle> processes) {
        processes.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(processes, AFTER_KILL);
    }

    /** Whether all ended within the time. */
    public static boolean awaitEnd(Collection<ProcessHandle> processes, Duration limit) {
        CompletableFuture<?>[] ends =
                processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(ends)
                .completeOnTimeout(null, limit.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        return processes.stream().noneMatch(ProcessHandle::isAlive);
    }
}
