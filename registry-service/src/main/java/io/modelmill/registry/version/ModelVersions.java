package io.modelmill.registry.version;

import io.modelmill.registry.artifact.ArtifactRows;
import io.modelmill.registry.database.PageTokens;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.model.Change;
import io.modelmill.registry.model.ModelChanges;
import io.modelmill.registry.model.Models;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.validation.ModelFile;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The versions of all models. */
@ApplicationScoped
public class ModelVersions {
    private final Jdbi jdbi;
    private final Models models;
    private final ModelChanges changes;
    private final VersionValidation validation;

    ModelVersions(Jdbi jdbi, Models models, ModelChanges changes, VersionValidation validation) {
        this.jdbi = jdbi;
        this.models = models;
        this.changes = changes;
        this.validation = validation;
    }

    /**
     * Makes a version, or answers the one that an earlier call for the same training job or with the same request id
     * made. It is validated as soon as all its files are there.
     *
     * @param requestId empty if the caller does not care
     * @throws ServiceException INVALID_ARGUMENT with all wrong fields, NOT_FOUND if there is no such model
     */
    public ModelVersion create(ModelKey model, NewVersion version, String requestId) {
        Violations violations = new Violations();
        version.check(model.tenant(), violations);
        violations.throwIfAny();
        Optional<String> traceparent = VersionTrace.current();
        ModelVersion made = changes.change(model, (transaction, revision) -> {
            Optional<ModelVersion> earlier = earlier(transaction, model, version, requestId);
            if (earlier.isPresent()) {
                return Change.none(earlier.get());
            }
            Set<String> hashes = version.files().stream().map(ModelFile::sha256).collect(Collectors.toSet());
            // Those that are there stay from here on, for the transaction names them.
            boolean uploaded =
                    ArtifactRows.name(transaction, model.tenant(), hashes).containsAll(hashes);
            VersionState state = uploaded ? VersionState.VALIDATING : VersionState.PENDING_UPLOAD;
            Optional<VersionKey> key = PostgresVersionStore.insert(
                    transaction, model, version, state, traceparent.orElse(null), requestId);
            if (key.isEmpty()) {
                // Another model's lock was held by a call for the same job, which has committed by now.
                return Change.none(
                        earlier(transaction, model, version, requestId).orElseThrow());
            }
            return Change.to(PostgresVersionStore.find(transaction, key.get()).orElseThrow());
        });
        validation.wake();
        return made;
    }

    private static Optional<ModelVersion> earlier(
            Handle transaction, ModelKey model, NewVersion version, String requestId) {
        return version.lineage()
                .trainingJob()
                .flatMap(job -> PostgresVersionStore.findByTrainingJob(transaction, job))
                .or(() -> requestId.isEmpty()
                        ? Optional.empty()
                        : PostgresVersionStore.findByRequest(transaction, model, requestId));
    }

    /** Throws NOT_FOUND if there is no such version. */
    public ModelVersion get(VersionKey key) {
        return jdbi.withHandle(handle -> PostgresVersionStore.find(handle, key))
                .orElseThrow(() -> ServiceException.notFound(key.name()));
    }

    /** Those of a tenant's versions that exist, in the order in which they are named. */
    public List<ModelVersion> getAll(String tenant, List<VersionKey> keys) {
        Map<VersionKey, ModelVersion> found =
                jdbi.withHandle(handle -> PostgresVersionStore.findAll(handle, tenant, keys)).stream()
                        .collect(Collectors.toMap(ModelVersion::key, Function.identity()));
        return keys.stream().map(found::get).filter(Objects::nonNull).toList();
    }

    /**
     * Takes a READY version out of service, for it has ended the process that served it. One that has left READY by now
     * stays as it is: replicas report what they saw again and again, and each of them does. Aliases go on pointing at it,
     * so that a call through them is refused rather than answered by a version that nobody chose.
     *
     * @param reason what was seen
     * @throws ServiceException NOT_FOUND if there is no such version, FAILED_PRECONDITION if it was never READY,
     *     INVALID_ARGUMENT without a reason
     */
    public ModelVersion quarantine(VersionKey key, String reason) {
        String stored = StateReason.require(reason);
        return changes.change(key.model(), (transaction, revision) -> {
            ModelVersion version = PostgresVersionStore.find(transaction, key)
                    .orElseThrow(() -> ServiceException.notFound(key.name()));
            return switch (version.state()) {
                case READY -> {
                    PostgresVersionStore.move(transaction, key, VersionState.READY, VersionState.QUARANTINED, stored);
                    yield Change.to(PostgresVersionStore.find(transaction, key).orElseThrow());
                }
                case ARCHIVED, REVOKED, QUARANTINED, DELETED, PURGED -> Change.none(version);
                case PENDING_UPLOAD, VALIDATING, REJECTED ->
                    throw new ServiceException(
                            RegistryReason.VERSION_NOT_READY,
                            "name: \"" + key.name() + "\" is " + version.state() + " (expected: " + VersionState.READY
                                    + ", for no other version is served)");
            };
        });
    }

    /**
     * A model's versions, newest first: as many as the request's limit, for the caller to cut to a page.
     *
     * @param showDeleted whether those that are DELETED or PURGED are among them
     * @throws ServiceException NOT_FOUND if there is no such model
     */
    public List<ModelVersion> list(ModelKey model, boolean showDeleted, PageRequest request) {
        models.get(model);
        return jdbi.withHandle(handle ->
                PostgresVersionStore.list(handle, model, showDeleted, PageTokens.below(request), request.limit()));
    }
}
