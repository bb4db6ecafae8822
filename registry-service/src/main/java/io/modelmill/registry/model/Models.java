package io.modelmill.registry.model;

import io.modelmill.registry.database.Etags;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Jdbi;

/** The models of all tenants. */
@ApplicationScoped
public class Models {
    private final Jdbi jdbi;
    private final ModelChanges changes;

    Models(Jdbi jdbi, ModelChanges changes) {
        this.jdbi = jdbi;
        this.changes = changes;
    }

    /**
     * Makes a model, or answers the one that an earlier call with the same request id made.
     *
     * @param requestId empty if the caller does not care
     * @throws ServiceException INVALID_ARGUMENT with all wrong fields, ALREADY_EXISTS if the id is taken
     */
    public Model create(ModelKey key, ModelContent content, String requestId) {
        Violations violations = new Violations();
        content.check(violations);
        violations.throwIfAny();
        return changes.create(key, transaction -> {
            if (PostgresModelStore.insert(transaction, key, content, requestId)) {
                return Change.to(PostgresModelStore.find(transaction, key).orElseThrow());
            }
            Optional<Model> earlier = requestId.isEmpty()
                    ? Optional.empty()
                    : PostgresModelStore.findByRequest(transaction, key.tenant(), requestId);
            return Change.none(earlier.orElseThrow(() -> new ServiceException(
                    CommonReason.RESOURCE_EXISTS, "model_id: \"" + key.modelId() + "\" (expected: an id not taken)")));
        });
    }

    /** Throws NOT_FOUND if there is no such model. */
    public Model get(ModelKey key) {
        return jdbi.withHandle(handle -> PostgresModelStore.find(handle, key))
                .orElseThrow(() -> ServiceException.notFound(key.name()));
    }

    /** A tenant's models by id. */
    public Page<Model> list(String tenant, PageRequest request) {
        return request.page(
                jdbi.withHandle(handle -> PostgresModelStore.list(handle, tenant, request.after(), request.limit())),
                model -> model.key().modelId());
    }

    /**
     * Changes a model's content.
     *
     * @param etag as the caller read it; empty to overwrite whatever is there
     * @param edit makes the new content of the present one
     * @throws ServiceException ABORTED if the etag is stale, INVALID_ARGUMENT if the new content is wrong
     */
    public Model update(ModelKey key, String etag, UnaryOperator<ModelContent> edit) {
        return changes.change(key, (transaction, revision) -> {
            Model present = PostgresModelStore.find(transaction, key).orElseThrow();
            Etags.requireCurrent(etag, present.etag());
            ModelContent content = edit.apply(present.content());
            Violations violations = new Violations();
            content.check(violations);
            violations.throwIfAny();
            PostgresModelStore.update(transaction, key, content, revision);
            return Change.to(PostgresModelStore.find(transaction, key).orElseThrow());
        });
    }
}
