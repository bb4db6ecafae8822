package io.modelmill.registry.rollout;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Removes replicas that fell silent now and then, on every replica of this service: what two of them find, one removes. */
@ApplicationScoped
class ReplicaSweeper {
    private static final Logger LOG = Logger.getLogger(ReplicaSweeper.class);
    private static final Duration PAUSE = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(10);

    private final ReplicaReports reports;
    private @Nullable Thread sweeper;

    ReplicaSweeper(ReplicaReports reports) {
        this.reports = reports;
    }

    void start(@Observes StartupEvent started) {
        sweeper = Thread.ofVirtual().name("replica-sweeper").start(this::work);
    }

    void stop(@Observes ShutdownEvent stopping) throws InterruptedException {
        if (sweeper != null) {
            sweeper.interrupt();
            sweeper.join(STOP);
        }
    }

    private void work() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
                try {
                    reports.sweep();
                } catch (RuntimeException failure) {
                    LOG.warnf("silent replicas could not be removed, trying again: %s", failure.getMessage());
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("no more replicas are removed: the service stops");
        }
    }
}
