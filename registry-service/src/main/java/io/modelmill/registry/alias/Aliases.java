package io.modelmill.registry.alias;

import io.modelmill.registry.database.Etags;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.model.Change;
import io.modelmill.registry.model.ModelChanges;
import io.modelmill.registry.model.Models;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import org.jdbi.v3.core.Jdbi;

/** The aliases of all models. */
@ApplicationScoped
public class Aliases {
    private static final String READY = "READY";

    private final Jdbi jdbi;
    private final Models models;
    private final ModelChanges changes;

    Aliases(Jdbi jdbi, Models models, ModelChanges changes) {
        this.jdbi = jdbi;
        this.models = models;
        this.changes = changes;
    }

    /** Throws NOT_FOUND if there is no such alias. */
    public Alias get(ModelKey model, String aliasId) {
        return jdbi.withHandle(handle -> PostgresAliasStore.find(handle, model, aliasId))
                .orElseThrow(() -> ServiceException.notFound(Alias.name(model, aliasId)));
    }

    /**
     * A model's aliases by id.
     *
     * @throws ServiceException NOT_FOUND if there is no such model
     */
    public Page<Alias> list(ModelKey model, PageRequest request) {
        models.get(model);
        return request.page(
                jdbi.withHandle(handle -> PostgresAliasStore.list(handle, model, request.after(), request.limit())),
                Alias::aliasId);
    }

    /**
     * Points an alias at a version, making the alias if it is missing.
     *
     * @param etag as the caller read it; empty to overwrite whatever is there
     * @throws ServiceException NOT_FOUND if model or version are missing, FAILED_PRECONDITION if the version is not
     *     READY, ABORTED if the etag is stale
     */
    public Alias update(ModelKey model, String aliasId, long number, String etag) {
        return changes.change(model, (transaction, revision) -> {
            String present = PostgresAliasStore.find(transaction, model, aliasId)
                    .map(Alias::etag)
                    .orElse("");
            Etags.requireCurrent(etag, present);
            String version = model.name() + "/versions/" + number;
            String state = PostgresAliasStore.versionState(transaction, model, number)
                    .orElseThrow(() -> ServiceException.notFound(version));
            if (!state.equals(READY)) {
                throw new ServiceException(
                        RegistryReason.VERSION_NOT_READY,
                        "alias.version: \"" + version + "\" is " + state + " (expected: " + READY + ")");
            }
            PostgresAliasStore.point(transaction, model, aliasId, number, revision);
            return Change.to(
                    PostgresAliasStore.find(transaction, model, aliasId).orElseThrow());
        });
    }

    /** Throws NOT_FOUND if there is no such alias. */
    public void delete(ModelKey model, String aliasId) {
        changes.change(model, (transaction, revision) -> {
            if (!PostgresAliasStore.delete(transaction, model, aliasId)) {
                throw ServiceException.notFound(Alias.name(model, aliasId));
            }
            return Change.to(aliasId);
        });
    }
}
