package io.modelmill.registry.model;

import io.modelmill.registry.publishing.ModelVersionsPublisher;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.serving.ServingEvents;
import io.modelmill.servicekit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;

/**
 * The one way to change a model, its versions or its aliases: under the lock of the model's row, with a higher revision
 * and an event that holds the whole new serving state, all in one transaction. So revisions and events of a model rise
 * in the order of its commits.
 */
@ApplicationScoped
public class ModelChanges {
    private final Jdbi jdbi;
    private final ModelVersionsPublisher publisher;

    ModelChanges(Jdbi jdbi, ModelVersionsPublisher publisher) {
        this.jdbi = jdbi;
        this.publisher = publisher;
    }

    /**
     * Does the work under the model's lock.
     *
     * @throws ServiceException NOT_FOUND if there is no such model
     */
    public <T> T change(ModelKey model, Work<T> work) {
        T result = jdbi.inTransaction(transaction -> {
            long revision = lock(transaction, model) + 1;
            Change<T> change = work.apply(transaction, revision);
            if (change.happened()) {
                transaction
                        .createUpdate("UPDATE model SET revision = :revision, update_time = now()"
                                + " WHERE tenant = :tenant AND model_id = :modelId")
                        .bind("revision", revision)
                        .bind("tenant", model.tenant())
                        .bind("modelId", model.modelId())
                        .execute();
                ServingEvents.append(transaction, model);
            }
            return change.result();
        });
        publisher.wake();
        return result;
    }

    /** Does the work of making a model, whose row no one can have locked before. */
    <T> T create(ModelKey model, HandleCallback<Change<T>, RuntimeException> work) {
        T result = jdbi.inTransaction(transaction -> {
            Change<T> change = work.withHandle(transaction);
            if (change.happened()) {
                ServingEvents.append(transaction, model);
            }
            return change.result();
        });
        publisher.wake();
        return result;
    }

    private static long lock(Handle transaction, ModelKey model) {
        return transaction
                .createQuery("SELECT revision FROM model WHERE tenant = :tenant AND model_id = :modelId FOR UPDATE")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(() -> ServiceException.notFound(model.name()));
    }

    /** Work under a model's lock. */
    @FunctionalInterface
    public interface Work<T> {
        /**
         * Does the work.
         *
         * @param revision of the model after the change
         */
        Change<T> apply(Handle transaction, long revision);
    }
}
