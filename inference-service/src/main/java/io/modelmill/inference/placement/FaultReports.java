package io.modelmill.inference.placement;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * Tells the registry of versions that ended this replica's process. It may be away just then, so each report is made again
 * until it is taken or there is nothing to be taken: the version is gone, or was never READY. What is left at the end of
 * this process is found again by the next one, which looks into the same journal.
 */
final class FaultReports {
    private static final Logger LOG = Logger.getLogger(FaultReports.class);
    private static final Set<Status.Code> FINAL =
            Set.of(Status.Code.NOT_FOUND, Status.Code.FAILED_PRECONDITION, Status.Code.INVALID_ARGUMENT);

    private final Registry registry;
    private final RetryPause pause;
    private final BiConsumer<Runnable, Duration> later;
    private final Map<String, String> waiting = new ConcurrentHashMap<>();

    /** @param later does work on a thread that may wait for the registry, after a pause */
    FaultReports(Registry registry, RetryPause pause, BiConsumer<Runnable, Duration> later) {
        this.registry = registry;
        this.pause = pause;
        this.later = later;
    }

    /** Reports the version, unless its report waits already. */
    void add(String version, String reason) {
        if (waiting.putIfAbsent(version, reason) == null) {
            later.accept(() -> report(version, reason, 1), Duration.ZERO);
        }
    }

    private void report(String version, String reason, int attempt) {
        try {
            registry.quarantine(version, reason);
            LOG.infof("%s: reported to the registry: %s", version, reason);
        } catch (StatusRuntimeException failure) {
            if (!FINAL.contains(failure.getStatus().getCode())) {
                Duration wait = pause.after(attempt);
                LOG.warnf(
                        "%s: not reported to the registry, which answered %s, next try in %s",
                        version, failure.getStatus().getCode(), wait);
                later.accept(() -> report(version, reason, attempt + 1), wait);
                return;
            }
            LOG.warnf("%s: the registry takes no report: %s", version, failure.getMessage());
        }
        waiting.remove(version);
    }
}
