package io.modelmill.inference.placement;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.model.ModelKey;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Where and how often versions are loaded. The threads are platform threads, for opening a session is native work. */
final class LoadThreads implements Executor, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(LoadThreads.class);

    /** For sessions that are being opened, which cannot be interrupted. */
    private static final Duration CLOSING = Duration.ofSeconds(10);

    private final BudgetedLoads loads;
    private final PlacementConfig config;
    private final MeterRegistry meters;
    private final ThreadPoolExecutor threads;
    private final ScheduledExecutorService clock;

    LoadThreads(BudgetedLoads loads, PlacementConfig config, MeterRegistry meters) {
        this.loads = loads;
        this.config = config;
        this.meters = meters;
        this.threads = new ThreadPoolExecutor(
                config.loadThreads(),
                config.loadThreads(),
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("version-load-", 0).daemon().factory());
        this.clock = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("version-load-retry").daemon().factory());
    }

    BudgetedLoads loads() {
        return loads;
    }

    int waitingCallsPerLoad() {
        return config.waitingCallsPerLoad();
    }

    /** Whether a call may ask for one more load. Loads that nobody waits for are not limited. */
    boolean isOpenToCalls() {
        return threads.getQueue().size() < config.waitingLoads();
    }

    /** @throws RejectedExecutionException when closed */
    @Override
    public void execute(Runnable load) {
        threads.execute(load);
    }

    /** Runs the work later; when closed, never. */
    void schedule(Runnable work, long delay, TimeUnit unit) {
        try {
            var _ = clock.schedule(work, delay, unit);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed, nothing is done later", e);
        }
    }

    /** Pause before a version that found no room is tried again. */
    Duration roomPause() {
        return config.retryBackoff();
    }

    /** @param failures in a row, from 1 */
    Duration pauseAfter(int failures) {
        return new RetryPause(config.retryBackoff(), config.retryBackoffLimit()).after(failures);
    }

    void countFailure(ModelKey model, long version) {
        Counter.builder("modelmill.placement.load.failures")
                .description("Loads that failed")
                .tags("model", model.qualifiedName(), "version", Long.toString(version))
                .register(meters)
                .increment();
    }

    /** Begins no further load and waits for those that run: none may need ONNX Runtime when the process takes it down. */
    @Override
    public void close() {
        clock.shutdownNow();
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSING.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warnf("%d loads did not end within %s", (Object) threads.getActiveCount(), CLOSING);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
