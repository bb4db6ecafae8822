package io.modelmill.registry.garbage;

import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.artifact.ArtifactRows;
import io.modelmill.registry.artifact.ArtifactStore;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.List;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/** Removes files from the store that the database does not know. */
@ApplicationScoped
class StoreFiles {
    private static final Logger LOG = Logger.getLogger(StoreFiles.class);

    private final Jdbi jdbi;
    private final ArtifactStore store;

    StoreFiles(Jdbi jdbi, ArtifactStore store) {
        this.jdbi = jdbi;
        this.store = store;
    }

    /** Removes a file, if it is still there and not known; false if nothing was removed. */
    boolean removeUnlessKnown(ArtifactKey key) {
        return jdbi.inTransaction(transaction -> {
            ArtifactRows.lockFile(transaction, key);
            // With a statement of its own, which sees what committed before the lock was ours.
            if (!PostgresGarbage.known(transaction, List.of(key)).isEmpty()) {
                return false;
            }
            try {
                return store.remove(key);
            } catch (IOException e) {
                LOG.errorf("%s: its file could not be removed, the next collection tries again: %s", key.name(), e);
                return false;
            }
        });
    }
}
