package io.modelmill.registry.dataset;

import io.modelmill.registry.database.Etags;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.retention.RetentionConfig;
import io.modelmill.servicekit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/**
 * Versions of data sets that are deleted, and brought back. Jobs are another service's and are not asked: who deletes a version
 * wants its rows gone, and a job that still needs them fails and says so. All of it fails with NOT_FOUND if there is no such
 * version, ABORTED if the etag is neither empty nor the version's, and FAILED_PRECONDITION if the version's state does not
 * allow it.
 */
@ApplicationScoped
class DatasetVersionLife {
    private static final Logger LOG = Logger.getLogger(DatasetVersionLife.class);

    private final Jdbi jdbi;
    private final RetentionConfig retention;

    DatasetVersionLife(Jdbi jdbi, RetentionConfig retention) {
        this.jdbi = jdbi;
        this.retention = retention;
    }

    /** Deletes an ACTIVE version. Its files stay until it is purged. */
    DatasetVersion delete(DatasetKey key, long number, String etag) {
        return change(key, number, etag, DatasetVersionState.ACTIVE, DatasetVersionState.DELETED);
    }

    /** Makes a DELETED version ACTIVE again. */
    DatasetVersion undelete(DatasetKey key, long number, String etag) {
        return change(key, number, etag, DatasetVersionState.DELETED, DatasetVersionState.ACTIVE);
    }

    private DatasetVersion change(
            DatasetKey key, long number, String etag, DatasetVersionState expected, DatasetVersionState next) {
        String name = DatasetVersion.name(key, number);
        Duration kept = retention.deletedVersions();
        DatasetVersion changed = jdbi.inTransaction(transaction -> {
            DatasetVersion version = PostgresDatasetStore.lockVersion(transaction, key, number)
                    .orElseThrow(() -> ServiceException.notFound(name));
            if (version.state() == DatasetVersionState.PURGED) {
                throw new ServiceException(
                        RegistryReason.VERSION_PURGED,
                        "name: \"" + name + "\" was purged at "
                                + version.purgeTime().orElseThrow()
                                + ", its files are gone (expected: a version that is there)");
            }
            Etags.requireCurrent(etag, version.etag());
            if (version.state() != expected) {
                throw new ServiceException(
                        RegistryReason.VERSION_STATE_MISMATCH,
                        "name: \"" + name + "\" is " + version.state() + " (expected: " + expected + ")");
            }
            return PostgresDatasetStore.move(transaction, version, next, kept);
        });
        LOG.infof("%s: %s", name, changed.state());
        return changed;
    }
}
