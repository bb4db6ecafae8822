package io.modelmill.registry.restore;

import io.modelmill.registry.publishing.ModelVersionsPublisher;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.serving.ServingEvents;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.restore.RestoredDatabase;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * After a restore replicas, topic and callers may know revisions that the database has not reached yet, and those must never come
 * again with another meaning: every model's is raised far beyond them, and every model's state is told anew. The bytes of uploads
 * of many calls are in no backup: such an upload is there, and begins with its first byte. The grace of files that nobody names
 * yet begins anew, too: the time in which there was no fleet to name them does not count.
 */
@ApplicationScoped
class RestoredRegistry {
    private static final Logger LOG = Logger.getLogger(RestoredRegistry.class);
    /** More changes than a model sees between two backups. */
    static final long REVISIONS = 1 << 20;

    private static final int PAGE = 100;

    private final Jdbi jdbi;
    private final ModelVersionsPublisher publisher;
    private final RestoredDatabase restored;

    RestoredRegistry(Jdbi jdbi, ModelVersionsPublisher publisher) {
        this.jdbi = jdbi;
        this.publisher = publisher;
        this.restored = new RestoredDatabase(jdbi, RestoredRegistry::settle, this::retell);
    }

    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) StartupEvent started) {
        restored.start();
    }

    void stop(@Observes ShutdownEvent stopping) {
        restored.close();
    }

    static void settle(Handle transaction) {
        transaction
                .createUpdate("UPDATE model SET revision = revision + :revisions")
                .bind("revisions", REVISIONS)
                .execute();
        transaction.execute("UPDATE artifact_upload SET committed_bytes = 0");
        transaction.execute("UPDATE artifact SET name_time = now()");
    }

    private boolean retell(BooleanSupplier stopping) {
        List<ModelKey> page = List.of(new ModelKey("", ""));
        do {
            if (stopping.getAsBoolean()) {
                return false;
            }
            ModelKey after = page.getLast();
            page = jdbi.inTransaction(transaction -> {
                List<ModelKey> models = locked(transaction, after);
                models.forEach(model -> retell(transaction, model));
                return models;
            });
            publisher.wake();
        } while (!page.isEmpty());
        return true;
    }

    /** The next models, whose states nobody changes until the transaction ends. */
    private static List<ModelKey> locked(Handle transaction, ModelKey after) {
        return transaction
                .createQuery("SELECT tenant, model_id FROM model WHERE (tenant, model_id) > (:tenant, :modelId)"
                        + " ORDER BY tenant, model_id LIMIT :limit FOR UPDATE")
                .bind("tenant", after.tenant())
                .bind("modelId", after.modelId())
                .bind("limit", PAGE)
                .map((row, context) -> new ModelKey(row.getString("tenant"), row.getString("model_id")))
                .list();
    }

    private static void retell(Handle transaction, ModelKey model) {
        try {
            ServingEvents.append(transaction, model);
        } catch (ServiceException tooLarge) {
            // Replicas learn of it when they compare what they know with the registry.
            LOG.errorf("%s cannot be told again: %s", model.name(), tooLarge.getMessage());
        }
    }
}
