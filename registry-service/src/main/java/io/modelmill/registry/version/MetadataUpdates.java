package io.modelmill.registry.version;

import io.modelmill.registry.database.Etags;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Jdbi;

/** Changes what is said of versions. Replicas need none of it: neither the model's revision rises, nor is there an event. */
@ApplicationScoped
public class MetadataUpdates {
    private final Jdbi jdbi;

    MetadataUpdates(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Changes a version's metadata, in whatever state it is.
     *
     * @param etag as the caller read it; empty to overwrite whatever is there
     * @param edit makes the new metadata of the present
     * @throws ServiceException NOT_FOUND if there is no such version, ABORTED if the etag is stale, INVALID_ARGUMENT if the new
     *     metadata is wrong
     */
    public ModelVersion update(VersionKey key, String etag, UnaryOperator<VersionMetadata> edit) {
        return jdbi.inTransaction(transaction -> {
            PostgresMetadataStore.lock(transaction, key);
            ModelVersion present = PostgresVersionStore.find(transaction, key)
                    .orElseThrow(() -> ServiceException.notFound(key.name()));
            Etags.requireCurrent(etag, present.etag());
            VersionMetadata metadata = edit.apply(
                    new VersionMetadata(present.task(), present.tags(), PostgresMetadataStore.card(transaction, key)));
            Violations violations = new Violations();
            metadata.check(violations);
            violations.throwIfAny();
            PostgresMetadataStore.replace(transaction, key, metadata);
            return PostgresVersionStore.find(transaction, key).orElseThrow();
        });
    }

    /** The model card, Markdown; empty if there is none. */
    public String card(VersionKey key) {
        return jdbi.withHandle(handle -> PostgresMetadataStore.card(handle, key));
    }
}
