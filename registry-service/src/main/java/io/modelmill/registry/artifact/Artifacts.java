package io.modelmill.registry.artifact;

import io.modelmill.registry.quota.StorageQuotas;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The files of all tenants. A file is there when its row is; the row is written when its bytes are safe. */
@ApplicationScoped
public class Artifacts {
    private static final Logger LOG = Logger.getLogger(Artifacts.class);

    private final Jdbi jdbi;
    private final ArtifactStore store;
    private final ArtifactConfig config;
    private final StorageQuotas quotas;
    private final Event<ArtifactStored> stored;

    Artifacts(
            Jdbi jdbi, ArtifactStore store, ArtifactConfig config, StorageQuotas quotas, Event<ArtifactStored> stored) {
        this.jdbi = jdbi;
        this.store = store;
        this.config = config;
        this.quotas = quotas;
        this.stored = stored;
    }

    /** The file, if it is there. */
    public Optional<Artifact> find(ArtifactKey key) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT size_bytes FROM artifact WHERE tenant = :tenant AND sha256 = :sha256")
                .bind("tenant", key.tenant())
                .bind("sha256", key.sha256())
                .mapTo(Long.class)
                .findOne()
                .map(size -> new Artifact(key, size)));
    }

    /**
     * The file.
     *
     * @throws ServiceException NOT_FOUND if it is not there
     */
    Artifact get(ArtifactKey key) {
        return find(key).orElseThrow(() -> ServiceException.notFound(key.name()));
    }

    /** The bytes of a file that is there; the caller closes them. */
    public InputStream open(ArtifactKey key) throws IOException {
        return store.open(key);
    }

    /** Where a file that is there can be read, for readers that go back and forth in it; nobody may change it. */
    public Path path(ArtifactKey key) {
        return store.path(key);
    }

    /**
     * Begins an upload.
     *
     * @param key what it is going to be
     * @param sizeBytes how long it is going to be
     * @throws ServiceException INVALID_ARGUMENT if the size cannot be, RESOURCE_EXHAUSTED if the tenant has no room for it
     */
    StreamedUpload upload(ArtifactKey key, long sizeBytes) throws ServiceException {
        long largest = config.largestSize().asLongValue();
        new Violations()
                .check(sizeBytes >= 0 && sizeBytes <= largest, "header.size_bytes", sizeBytes, "0 to " + largest)
                .throwIfAny();
        // To spare the caller the bytes. What counts is whether there is room when they have come.
        jdbi.useTransaction(transaction -> requireRoom(transaction, key, sizeBytes));
        try {
            return new StreamedUpload(this, key, sizeBytes, store.begin());
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    /** The file, which the caller may name soon: it is kept for the grace period from now on. Throws NOT_FOUND if it is not there. */
    Artifact ask(ArtifactKey key) {
        var _ = jdbi.inTransaction(transaction -> ArtifactRows.name(transaction, key.tenant(), List.of(key.sha256())));
        return get(key);
    }

    /** Makes a file part of the store that came whole and with the right hash. */
    Artifact keep(IncomingFile file, Artifact artifact) {
        try {
            file.force();
            jdbi.useTransaction(transaction -> {
                ArtifactRows.lockFile(transaction, artifact.key());
                requireRoom(transaction, artifact.key(), artifact.sizeBytes());
                file.keep(artifact.key());
                ArtifactRows.insert(transaction, artifact);
            });
        } catch (IOException e) {
            throw unavailable(e);
        }
        announce(artifact);
        return artifact;
    }

    /** The same bytes once more take no room. */
    private void requireRoom(Handle transaction, ArtifactKey key, long sizeBytes) {
        // First, so that no collection takes the row away once it was seen.
        StorageQuotas.lock(transaction, List.of(key.tenant()));
        if (!ArtifactRows.isThere(transaction, key)) {
            quotas.requireRoom(transaction, key.tenant(), sizeBytes, "header.size_bytes");
        }
    }

    /** Tells those who wait for files that one is there. */
    void announce(Artifact artifact) {
        stored.fire(new ArtifactStored(artifact.key()));
    }

    /** A full or broken disk is no mistake of the caller's, and trying again later may help. */
    public static ServiceException unavailable(IOException failure) {
        LOG.error("the artifact store failed", failure);
        return new ServiceException(CommonReason.DEPENDENCY_UNAVAILABLE, "the artifact store does not answer now");
    }
}
