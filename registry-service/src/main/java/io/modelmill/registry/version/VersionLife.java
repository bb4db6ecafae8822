package io.modelmill.registry.version;

import static io.modelmill.registry.version.VersionState.ARCHIVED;
import static io.modelmill.registry.version.VersionState.DELETED;
import static io.modelmill.registry.version.VersionState.PENDING_UPLOAD;
import static io.modelmill.registry.version.VersionState.PURGED;
import static io.modelmill.registry.version.VersionState.QUARANTINED;
import static io.modelmill.registry.version.VersionState.READY;
import static io.modelmill.registry.version.VersionState.REJECTED;
import static io.modelmill.registry.version.VersionState.REVOKED;

import io.modelmill.registry.alias.PostgresAliasStore;
import io.modelmill.registry.database.Etags;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.model.Change;
import io.modelmill.registry.model.ModelChanges;
import io.modelmill.registry.retention.RetentionConfig;
import io.modelmill.servicekit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;

/**
 * What people do to versions: take them out of service, and bring some of them back. All of it fails with NOT_FOUND if there
 * is no such version, ABORTED if the etag is neither empty nor the version's, and FAILED_PRECONDITION if the version is in
 * a state that does not allow it, or purged.
 */
@ApplicationScoped
public class VersionLife {
    private static final Logger LOG = Logger.getLogger(VersionLife.class);
    private static final List<VersionState> DELETABLE =
            List.of(PENDING_UPLOAD, REJECTED, ARCHIVED, REVOKED, QUARANTINED);

    private final ModelChanges changes;
    private final RetentionConfig retention;

    VersionLife(ModelChanges changes, RetentionConfig retention) {
        this.changes = changes;
        this.retention = retention;
    }

    /**
     * Takes a READY version out of service.
     *
     * @param reason may be empty
     * @throws ServiceException FAILED_PRECONDITION, too, while an alias points at it: callers would lose their answers
     *     without anybody having said what they shall get instead; INVALID_ARGUMENT if the reason is too long
     */
    public ModelVersion archive(VersionKey key, String etag, String reason) {
        String stored = StateReason.optional(reason);
        return change(key, etag, List.of(READY), (transaction, version) -> {
            requireNoAlias(transaction, key);
            return new Next(ARCHIVED, stored);
        });
    }

    /**
     * Makes an ARCHIVED version READY again.
     *
     * @throws ServiceException FAILED_PRECONDITION, too, if the model's READY versions together no longer fit an event
     */
    public ModelVersion restore(VersionKey key, String etag) {
        return change(key, etag, List.of(ARCHIVED), (transaction, version) -> new Next(READY, ""));
    }

    /**
     * Withdraws a version for good. Aliases go on pointing at it, so that a call through them is refused rather than
     * answered by a version that nobody chose: to withdraw must never wait for a decision on what comes instead.
     *
     * @throws ServiceException INVALID_ARGUMENT, too, without a reason or if it is too long
     */
    public ModelVersion revoke(VersionKey key, String etag, String reason) {
        String stored = StateReason.require(reason);
        return change(
                key, etag, List.of(READY, ARCHIVED, QUARANTINED), (transaction, version) -> new Next(REVOKED, stored));
    }

    /**
     * Deletes a version that is not in service. Its files stay until it is purged.
     *
     * @throws ServiceException FAILED_PRECONDITION, too, while an alias points at it
     */
    public ModelVersion delete(VersionKey key, String etag) {
        return change(key, etag, DELETABLE, (transaction, version) -> {
            requireNoAlias(transaction, key);
            return new Next(DELETED, version.stateReason());
        });
    }

    /**
     * Brings a DELETED version back to where it was.
     *
     * @throws ServiceException FAILED_PRECONDITION, too, if it has been purged
     */
    public ModelVersion undelete(VersionKey key, String etag) {
        return change(
                key,
                etag,
                List.of(DELETED),
                (transaction, version) -> new Next(version.undeleteState().orElseThrow(), version.stateReason()));
    }

    private ModelVersion change(VersionKey key, String etag, List<VersionState> expected, Step step) {
        ModelVersion changed = changes.change(key.model(), (transaction, revision) -> {
            ModelVersion version = PostgresVersionStore.find(transaction, key)
                    .orElseThrow(() -> ServiceException.notFound(key.name()));
            if (version.state() == PURGED) {
                throw new ServiceException(
                        RegistryReason.VERSION_PURGED,
                        "name: \"" + key.name() + "\" was purged at "
                                + version.purgeTime().orElseThrow()
                                + ", its files are gone (expected: a version that is there)");
            }
            Etags.requireCurrent(etag, version.etag());
            if (!expected.contains(version.state())) {
                throw new ServiceException(
                        RegistryReason.VERSION_STATE_MISMATCH,
                        "name: \"" + key.name() + "\" is " + version.state() + " (expected: "
                                + expected.stream().map(VersionState::name).collect(Collectors.joining(" or ")) + ")");
            }
            Next next = step.next(transaction, version);
            PostgresVersionStore.move(transaction, key, version.state(), next.state(), next.reason());
            if (next.state() == DELETED) {
                PostgresVersionStore.keep(transaction, key, retention.deletedVersions());
            }
            return Change.to(PostgresVersionStore.find(transaction, key).orElseThrow());
        });
        LOG.infof("%s: %s %s", key.name(), changed.state(), changed.stateReason());
        return changed;
    }

    private static void requireNoAlias(Handle transaction, VersionKey key) {
        List<String> aliases = PostgresAliasStore.pointingAt(transaction, key.model(), key.number());
        if (!aliases.isEmpty()) {
            throw new ServiceException(
                    RegistryReason.VERSION_HAS_ALIASES,
                    "name: \"" + key.name() + "\" is the target of " + String.join(", ", aliases)
                            + " (expected: no alias, as UpdateAlias or DeleteAlias leaves it)");
        }
    }

    /** Where a version goes, and why. */
    private record Next(VersionState state, String reason) {}

    /** Decides under the model's lock, or throws. */
    @FunctionalInterface
    private interface Step {
        Next next(Handle transaction, ModelVersion version);
    }
}
