package io.modelmill.gateway.usage;

import io.modelmill.servicekit.restore.RestoredDatabase;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * After a restore the topic may be another one, whose offsets begin at 0: how far the old one was read would make the gateway pass
 * over as many of its events. All is read again, and what was counted is known.
 */
@ApplicationScoped
class RestoredUsages {
    private final RestoredDatabase restored;

    RestoredUsages(Jdbi jdbi) {
        this.restored = new RestoredDatabase(jdbi, RestoredUsages::settle, stopping -> true);
    }

    /** Before the events are followed. */
    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) StartupEvent started) {
        restored.start();
    }

    void stop(@Observes ShutdownEvent stopping) {
        restored.close();
    }

    static void settle(Handle transaction) {
        transaction.execute("DELETE FROM training_event_offset");
    }
}
