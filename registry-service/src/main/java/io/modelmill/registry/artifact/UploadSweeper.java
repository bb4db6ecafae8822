package io.modelmill.registry.artifact;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Removes abandoned uploads now and then, on every replica: what two of them find, one of them removes. */
@ApplicationScoped
class UploadSweeper {
    private static final Logger LOG = Logger.getLogger(UploadSweeper.class);
    private static final Duration STOP = Duration.ofSeconds(10);

    private final UploadSessions sessions;
    private final ArtifactConfig config;
    private @Nullable Thread sweeper;

    UploadSweeper(UploadSessions sessions, ArtifactConfig config) {
        this.sessions = sessions;
        this.config = config;
    }

    void start(@Observes StartupEvent started) {
        sweeper = Thread.ofVirtual().name("upload-sweeper").start(this::work);
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
                try {
                    sessions.sweep();
                } catch (RuntimeException | IOException failure) {
                    LOG.error("abandoned uploads could not be removed, trying again", failure);
                }
                TimeUnit.MILLISECONDS.sleep(config.uploadSweepInterval().toMillis());
            }
        } catch (InterruptedException e) {
            LOG.debug("no more uploads are removed: the service stops");
        }
    }
}
