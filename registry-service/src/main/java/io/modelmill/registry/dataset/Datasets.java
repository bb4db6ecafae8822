package io.modelmill.registry.dataset;

import io.grpc.Context;
import io.grpc.Status;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.artifact.ArtifactRows;
import io.modelmill.registry.artifact.Artifacts;
import io.modelmill.registry.database.PageTokens;
import io.modelmill.registry.database.TextColumn;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The data sets of all tenants. */
@ApplicationScoped
public class Datasets {
    private static final int LONGEST_DISPLAY_NAME = 200;
    private static final int LONGEST_DESCRIPTION = 4_000;

    private final Jdbi jdbi;
    private final Artifacts artifacts;
    private final DatasetConfig config;
    /** Platform threads: parsing keeps a processor busy for long, and virtual threads would not share it. */
    private final ExecutorService parsing;

    Datasets(Jdbi jdbi, Artifacts artifacts, DatasetConfig config) {
        this.jdbi = jdbi;
        this.artifacts = artifacts;
        this.config = config;
        this.parsing = Executors.newFixedThreadPool(
                config.concurrency(),
                Thread.ofPlatform().daemon().name("dataset-", 1).factory());
    }

    @PreDestroy
    void stop() {
        parsing.shutdownNow();
    }

    /**
     * Makes a data set, or answers the one that an earlier call with the same request id made.
     *
     * @throws ServiceException INVALID_ARGUMENT with all wrong fields, ALREADY_EXISTS if the id is taken
     */
    Dataset create(DatasetKey key, String displayName, String description, String requestId) {
        Violations violations = new Violations();
        TextColumn.check(violations, "dataset.display_name", displayName, LONGEST_DISPLAY_NAME);
        TextColumn.check(violations, "dataset.description", description, LONGEST_DESCRIPTION);
        violations.throwIfAny();
        return jdbi.inTransaction(transaction -> {
            if (PostgresDatasetStore.insert(transaction, key, displayName, description, requestId)) {
                return PostgresDatasetStore.find(transaction, key).orElseThrow();
            }
            Optional<Dataset> earlier = requestId.isEmpty()
                    ? Optional.empty()
                    : PostgresDatasetStore.findByRequest(transaction, key.tenant(), requestId);
            return earlier.orElseThrow(() -> new ServiceException(
                    CommonReason.RESOURCE_EXISTS,
                    "dataset_id: \"" + key.datasetId() + "\" (expected: an id not taken)"));
        });
    }

    /** Throws NOT_FOUND if there is no such data set. */
    Dataset get(DatasetKey key) {
        return jdbi.withHandle(handle -> PostgresDatasetStore.find(handle, key))
                .orElseThrow(() -> ServiceException.notFound(key.name()));
    }

    /** A tenant's data sets by id. */
    Page<Dataset> list(String tenant, PageRequest request) {
        return request.page(
                jdbi.withHandle(handle -> PostgresDatasetStore.list(handle, tenant, request.after(), request.limit())),
                dataset -> dataset.key().datasetId());
    }

    /**
     * Reads uploaded files and makes a version of them, or answers the one that an earlier call with the same request id
     * made.
     *
     * @throws ServiceException NOT_FOUND if there is no such data set, FAILED_PRECONDITION if a file is not uploaded,
     *     INVALID_ARGUMENT with the files' faults
     */
    DatasetVersion createVersion(DatasetKey key, NewDatasetVersion version, String requestId)
            throws InterruptedException {
        get(key);
        Optional<DatasetVersion> earlier = jdbi.withHandle(handle -> requestId.isEmpty()
                ? Optional.empty()
                : PostgresDatasetStore.findVersionByRequest(handle, key, requestId));
        if (earlier.isPresent()) {
            return earlier.get();
        }
        // Named now, so that they stay while they are read.
        jdbi.useTransaction(transaction -> requireUploaded(transaction, key.tenant(), version));
        DatasetProfile profile = read(version, files(key.tenant(), version));
        return jdbi.inTransaction(transaction -> {
            long number = PostgresDatasetStore.lock(transaction, key) + 1;
            Optional<DatasetVersion> meanwhile = requestId.isEmpty()
                    ? Optional.empty()
                    : PostgresDatasetStore.findVersionByRequest(transaction, key, requestId);
            if (meanwhile.isPresent()) {
                return meanwhile.get();
            }
            // For good now, if none of them went while they were read.
            requireUploaded(transaction, key.tenant(), version);
            PostgresDatasetStore.noteLastVersion(transaction, key, number);
            return PostgresDatasetStore.insertVersion(transaction, key, version, profile, number, requestId);
        });
    }

    private static void requireUploaded(Handle transaction, String tenant, NewDatasetVersion version) {
        List<NewDatasetVersion.NamedFile> files = version.files();
        Set<String> there = ArtifactRows.name(
                transaction,
                tenant,
                files.stream().map(NewDatasetVersion.NamedFile::sha256).toList());
        for (int index = 0; index < files.size(); index++) {
            String sha256 = files.get(index).sha256();
            if (!there.contains(sha256)) {
                throw new ServiceException(
                        RegistryReason.ARTIFACT_MISSING,
                        version.fileField(index) + ": \"" + sha256 + "\" (expected: an uploaded artifact)");
            }
        }
    }

    private List<DatasetFile> files(String tenant, NewDatasetVersion version) {
        return version.files().stream()
                .map(file -> new DatasetFile(file.path(), artifacts.path(new ArtifactKey(tenant, file.sha256()))))
                .toList();
    }

    private DatasetProfile read(NewDatasetVersion version, List<DatasetFile> files) throws InterruptedException {
        Context call = Context.current();
        ReadLimits limits =
                ReadLimits.DEFAULT.withContentBytes(config.largestContent().asLongValue());
        Future<DatasetProfile> reading =
                parsing.submit(() -> new DatasetProfiler(version, limits, call::isCancelled).profile(files));
        try {
            return reading.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ServiceException known -> throw known;
                case InterruptedException gone ->
                    throw Status.CANCELLED
                            .withDescription("the caller has gone")
                            .asRuntimeException();
                case IOException failure -> throw Artifacts.unavailable(failure);
                case null, default -> throw new IllegalStateException("a data set could not be read", e);
            }
        }
    }

    /** Throws NOT_FOUND if there is no such version. */
    DatasetVersion getVersion(DatasetKey key, long number) {
        return jdbi.withHandle(handle -> PostgresDatasetStore.findVersion(handle, key, number))
                .orElseThrow(() -> ServiceException.notFound(DatasetVersion.name(key, number)));
    }

    /**
     * A data set's versions, newest first: as many as the request's limit, for the caller to cut to a page.
     *
     * @param showDeleted whether those that are DELETED or PURGED are among them
     * @throws ServiceException NOT_FOUND if there is no such data set
     */
    List<DatasetVersion> listVersions(DatasetKey key, boolean showDeleted, PageRequest request) {
        get(key);
        return jdbi.withHandle(handle -> PostgresDatasetStore.listVersions(
                handle, key, showDeleted, PageTokens.below(request), request.limit()));
    }
}
