package io.modelmill.registry.artifact;

import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.quota.StorageQuotas;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Uploads of many calls, none of which leaves anything in a replica's memory. A chunk is forced to disk, then noted in the
 * database, under the lock of the upload's row: what is noted is on disk whatever dies, and two writers never mix their bytes.
 */
@ApplicationScoped
class UploadSessions {
    private static final Logger LOG = Logger.getLogger(UploadSessions.class);
    /** Each write holds a connection to the database while the disk works; the rest of them is for other calls. */
    private static final int WRITES_AT_A_TIME = 8;
    /** Hashing takes a core each. */
    private static final int FINISHES_AT_A_TIME = 2;

    private static final int SWEPT_AT_A_TIME = 100;
    private static final Duration BUSY = Duration.ofMillis(100);

    private final Jdbi jdbi;
    private final Artifacts artifacts;
    private final PartialFiles parts;
    private final AbandonedFiles abandoned;
    private final StorageQuotas quotas;
    private final ArtifactConfig config;
    private final ChunkRoom room = ChunkRoom.of(Runtime.getRuntime().maxMemory());
    private final Semaphore writes = new Semaphore(WRITES_AT_A_TIME, true);
    private final Semaphore finishes = new Semaphore(FINISHES_AT_A_TIME, true);

    UploadSessions(
            Jdbi jdbi,
            Artifacts artifacts,
            PartialFiles parts,
            AbandonedFiles abandoned,
            StorageQuotas quotas,
            ArtifactConfig config) {
        this.jdbi = jdbi;
        this.artifacts = artifacts;
        this.parts = parts;
        this.abandoned = abandoned;
        this.quotas = quotas;
        this.config = config;
    }

    /**
     * Begins an upload, or answers the one of this id as it stands.
     *
     * @param sha256 64 lower-case hexadecimal digits
     * @throws ServiceException INVALID_ARGUMENT if the size cannot be, ALREADY_EXISTS if the id's upload is of another file,
     *     RESOURCE_EXHAUSTED if the tenant has no room for it
     */
    UploadSession begin(UploadKey key, String sha256, long sizeBytes) {
        long largest = config.largestSize().asLongValue();
        new Violations()
                .check(
                        sizeBytes >= 0 && sizeBytes <= largest,
                        "artifact_upload.size_bytes",
                        sizeBytes,
                        "0 to " + largest)
                .throwIfAny();
        // They would take room.
        removeExpired(List.of(key.tenant()));
        UploadSession session = jdbi.inTransaction(transaction -> {
            StorageQuotas.lock(transaction, List.of(key.tenant()));
            Optional<UploadSession> present = PostgresUploadStore.find(transaction, key);
            if (present.isPresent()) {
                return present.get();
            }
            quotas.requireRoom(transaction, key.tenant(), sizeBytes, "artifact_upload.size_bytes");
            PostgresUploadStore.insert(transaction, key, sha256, sizeBytes, UUID.randomUUID(), config.uploadExpiry());
            return PostgresUploadStore.find(transaction, key)
                    .orElseThrow(() -> new ServiceException(
                            RegistryReason.UPLOAD_BUSY, key.name() + " expires at this moment, try again"));
        });
        if (!session.sha256().equals(sha256) || session.sizeBytes() != sizeBytes) {
            throw new ServiceException(
                    CommonReason.RESOURCE_EXISTS,
                    "artifact_upload_id: \"%s\" (expected: an id not taken; it is %d bytes with SHA-256 %s)"
                            .formatted(key.uploadId(), session.sizeBytes(), session.sha256()));
        }
        return session;
    }

    /**
     * The upload.
     *
     * @throws ServiceException NOT_FOUND if it is not there
     */
    UploadSession get(UploadKey key) {
        return jdbi.withHandle(handle -> PostgresUploadStore.find(handle, key))
                .orElseThrow(() -> ServiceException.notFound(key.name()));
    }

    /** A tenant's open uploads by id: as many as the request's limit, for the caller to cut to a page. */
    List<UploadSession> list(String tenant, PageRequest request) {
        return jdbi.withHandle(handle -> PostgresUploadStore.list(handle, tenant, request.after(), request.limit()));
    }

    /**
     * Adds the next bytes. After the return they survive a power cut.
     *
     * @throws ServiceException INVALID_ARGUMENT if the chunk has no possible size, OUT_OF_RANGE if it does not follow on what
     *     is committed, ABORTED while another call changes the upload, RESOURCE_EXHAUSTED while many others write, NOT_FOUND if it is
     *     not there
     */
    UploadSession write(UploadKey key, long offset, ByteBuffer chunk) throws InterruptedException {
        int length = chunk.remaining();
        new Violations()
                .check(
                        length >= 1 && length <= StreamedUpload.LARGEST_CHUNK,
                        "chunk",
                        length,
                        "1 to " + StreamedUpload.LARGEST_CHUNK + " bytes")
                .throwIfAny();
        try (ChunkRoom.Place _ = room.enter()) {
            writes.acquire();
            try {
                return append(key, offset, chunk);
            } finally {
                writes.release();
            }
        }
    }

    private UploadSession append(UploadKey key, long offset, ByteBuffer chunk) {
        int length = chunk.remaining();
        try {
            return jdbi.inTransaction(transaction -> {
                UploadSession session = lock(transaction, key);
                requireFollows(session, offset, length);
                parts.write(session.part(), offset, chunk);
                return PostgresUploadStore.commit(transaction, session, offset + length, config.uploadExpiry());
            });
        } catch (NoSuchFileException e) {
            throw gone(get(key), e);
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        }
    }

    private static void requireFollows(UploadSession session, long offset, int length) {
        long committed = session.committedBytes();
        if (offset != committed) {
            FieldViolation violation = new FieldViolation(
                    "offset_bytes", offset + " (expected: " + committed + ", the upload's committed_size_bytes)");
            throw new ServiceException(
                    RegistryReason.UPLOAD_OFFSET,
                    violation.field() + ": " + violation.description(),
                    List.of(violation),
                    Optional.empty());
        }
        long missing = session.sizeBytes() - committed;
        if (length > missing) {
            throw Violations.of(
                    "chunk",
                    length,
                    "at most " + missing + " bytes, which are missing of the upload's size_bytes "
                            + session.sizeBytes());
        }
    }

    /**
     * Ends an upload: the file is there from now on.
     *
     * @throws ServiceException FAILED_PRECONDITION if bytes are missing, INVALID_ARGUMENT if they have another hash, which ends
     *     the upload too, ABORTED while another call changes it, NOT_FOUND if it is not there
     */
    Artifact finish(UploadKey key) throws InterruptedException {
        finishes.acquire();
        try {
            // Complete uploads take no more bytes: they can be read without a lock.
            UploadSession session = get(key);
            if (!session.isComplete()) {
                throw new ServiceException(
                        RegistryReason.UPLOAD_INCOMPLETE,
                        "committed_size_bytes: %d (expected: %d, the upload's size_bytes)"
                                .formatted(session.committedBytes(), session.sizeBytes()));
            }
            return keepVerified(session);
        } finally {
            finishes.release();
        }
    }

    private Artifact keepVerified(UploadSession session) {
        ArtifactKey artifact = new ArtifactKey(session.key().tenant(), session.sha256());
        try {
            if (session.sizeBytes() == 0) {
                parts.write(session.part(), 0, ByteBuffer.allocate(0));
            }
            String actual = parts.digest(session.part(), artifact);
            if (!actual.equals(session.sha256())) {
                forget(session);
                throw Violations.of(
                        "artifact_upload.sha256",
                        session.sha256(),
                        actual + ", the hash of the bytes that came; the upload is gone");
            }
            Artifact kept = jdbi.inTransaction(transaction -> {
                if (!lock(transaction, session.key()).part().equals(session.part())) {
                    throw ServiceException.notFound(session.key().name());
                }
                ArtifactRows.lockFile(transaction, artifact);
                StorageQuotas.lock(transaction, List.of(artifact.tenant()));
                parts.keep(session.part(), artifact);
                PostgresUploadStore.delete(transaction, session.part());
                Artifact stored = new Artifact(artifact, session.sizeBytes());
                ArtifactRows.insert(transaction, stored);
                return stored;
            });
            artifacts.announce(kept);
            return kept;
        } catch (NoSuchFileException e) {
            throw gone(session, e);
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        }
    }

    /**
     * Gives an upload up and removes its bytes.
     *
     * @throws ServiceException ABORTED while another call changes it, NOT_FOUND if it is not there
     */
    void delete(UploadKey key) {
        UploadSession deleted = jdbi.inTransaction(transaction -> {
            UploadSession session = lock(transaction, key);
            StorageQuotas.lock(transaction, List.of(key.tenant()));
            PostgresUploadStore.delete(transaction, session.part());
            return session;
        });
        parts.remove(deleted.part());
    }

    /** Removes uploads that nobody went on with, and files that a process left behind when it died. */
    void sweep() throws IOException {
        int removed;
        do {
            removed = removeExpired(
                    jdbi.withHandle(handle -> PostgresUploadStore.tenantsOfExpired(handle, SWEPT_AT_A_TIME)));
        } while (removed > 0);
        abandoned.look(files -> files.forEach(file -> {
            if (abandoned.remove(file)) {
                LOG.infof("removed a file that no upload goes on with: %s", file.path());
            }
        }));
    }

    /** Removes uploads of these tenants that have expired; answers how many. */
    private int removeExpired(List<String> tenants) {
        if (tenants.isEmpty()) {
            return 0;
        }
        List<UUID> expired = jdbi.inTransaction(transaction -> {
            StorageQuotas.lock(transaction, tenants);
            return PostgresUploadStore.deleteExpired(transaction, tenants, SWEPT_AT_A_TIME);
        });
        expired.forEach(parts::remove);
        if (!expired.isEmpty()) {
            LOG.infof("removed uploads that nobody went on with: %d", expired.size());
        }
        return expired.size();
    }

    /** Locks an upload until the transaction ends. */
    private static UploadSession lock(Handle transaction, UploadKey key) {
        return PostgresUploadStore.tryLock(transaction, key)
                .orElseThrow(() -> PostgresUploadStore.find(transaction, key).isEmpty()
                        ? ServiceException.notFound(key.name())
                        : new ServiceException(
                                RegistryReason.UPLOAD_BUSY,
                                key.name() + " is being changed by another call (expected: one writer)",
                                List.of(),
                                Optional.of(BUSY)));
    }

    /** Somebody removed the bytes of an upload: it cannot go on. */
    private ServiceException gone(UploadSession session, Exception cause) {
        LOG.errorf("%s: its bytes are gone: %s", session.key().name(), cause.getMessage());
        forget(session);
        return new ServiceException(
                CommonReason.RESOURCE_NOT_FOUND,
                "not found: \"" + session.key().name() + "\" any more, its bytes are gone from the store");
    }

    private void forget(UploadSession session) {
        jdbi.useTransaction(transaction -> {
            StorageQuotas.lock(transaction, List.of(session.key().tenant()));
            PostgresUploadStore.delete(transaction, session.part());
        });
        parts.remove(session.part());
    }
}
