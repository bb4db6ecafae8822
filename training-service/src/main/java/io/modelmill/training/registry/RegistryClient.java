package io.modelmill.training.registry;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.DatasetServiceGrpc;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.GetDatasetVersionRequest;
import io.modelmill.proto.registry.v1.GetModelRequest;
import io.modelmill.proto.registry.v1.GetModelVersionRequest;
import io.modelmill.proto.registry.v1.Lineage;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.security.BearerToken;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenSigner;
import io.modelmill.servicekit.security.RenewedToken;
import io.modelmill.training.spec.RegistryFacts;
import io.modelmill.trainingspec.job.DatasetFacts;
import io.quarkus.opentelemetry.runtime.tracing.instrumentation.grpc.GrpcTracingClientInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Calls registry-service as this service itself, which acts for all tenants: who may name what is checked before. */
@ApplicationScoped
public class RegistryClient implements RegistryFacts {
    private static final Logger LOG = Logger.getLogger(RegistryClient.class);
    private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(5);

    private static final Duration RECONNECT_PATIENCE = Duration.ofSeconds(2);

    private final ManagedChannel channel;
    private final ModelServiceGrpc.ModelServiceBlockingStub models;
    private final DatasetServiceGrpc.DatasetServiceBlockingStub datasets;
    private final Duration deadline;

    RegistryClient(
            RegistryChannel registry,
            RegistryConfig config,
            CallerTokenSigner signer,
            GrpcTracingClientInterceptor tracing) {
        this.channel = registry.channel();
        this.deadline = config.deadline();
        RenewedToken token = new RenewedToken(
                signer, Caller.service("training-service"), List.of("registry-service"), TOKEN_LIFETIME);
        Channel authorised = ClientInterceptors.intercept(channel, tracing, BearerToken.sending(token));
        this.models = ModelServiceGrpc.newBlockingStub(authorised);
        this.datasets = DatasetServiceGrpc.newBlockingStub(authorised);
    }

    @Override
    public boolean modelExists(String name) {
        return find(() -> call(
                        models,
                        stub -> stub.getModel(
                                GetModelRequest.newBuilder().setName(name).build())))
                .isPresent();
    }

    @Override
    public Optional<DatasetFacts> datasetVersion(String name) {
        return rows(name).filter(RegistryClient::mayBeTrainedOn).map(DatasetFactsProtoMapper::facts);
    }

    @Override
    public Optional<ReadyVersion> readyVersion(String name) {
        return source(name)
                .map(version -> new ReadyVersion(
                        version.getFilesList().stream()
                                .mapToLong(ModelFile::getSizeBytes)
                                .sum(),
                        version.getClassLabelsList()));
    }

    /** A version that may be called, as a worker gets it, or empty if there is none of this name. */
    public Optional<ModelVersion> source(String name) {
        return find(() -> call(
                        models,
                        stub -> stub.getModelVersion(GetModelVersionRequest.newBuilder()
                                .setName(name)
                                .build())))
                .filter(version -> version.getState() == ModelVersion.State.STATE_READY);
    }

    /** Whether a version is neither deleted nor purged. */
    public static boolean mayBeTrainedOn(DatasetVersion version) {
        return switch (version.getState()) {
            case STATE_DELETED, STATE_PURGED -> false;
            // Unspecified of a registry that deletes none.
            case STATE_ACTIVE, STATE_UNSPECIFIED, UNRECOGNIZED -> true;
        };
    }

    /** The rows' description as the worker gets it, or empty if there is no such version. */
    public Optional<DatasetVersion> rows(String name) {
        return find(() -> call(
                datasets,
                stub -> stub.getDatasetVersion(
                        GetDatasetVersionRequest.newBuilder().setName(name).build())));
    }

    /**
     * Makes a version; the same request id answers with the same version.
     *
     * @throws ServiceException UNAVAILABLE if the registry does not answer and a later try may help
     */
    public VersionStatus create(NewVersion version) {
        CreateModelVersionRequest.Builder request = CreateModelVersionRequest.newBuilder()
                .setParent(version.model())
                .setRequestId(version.requestId())
                .setRejection(version.rejection().orElse(""))
                .addAllAliases(version.aliases());
        request.getModelVersionBuilder()
                .addAllClassLabels(version.classLabels())
                .putAllMetrics(version.metrics())
                .setLineage(Lineage.newBuilder()
                        .setTrainingJob(version.trainingJob())
                        .setDatasetVersion(version.datasetVersion())
                        .setParentVersion(version.parentVersion().orElse("")));
        version.files()
                .forEach(file -> request.getModelVersionBuilder()
                        .addFiles(ModelFile.newBuilder()
                                .setPath(file.path())
                                .setKind(FileKind.valueOf(file.kind()))
                                .setSha256(file.sha256())
                                .setSizeBytes(file.sizeBytes())));
        return statusOf(() -> call(models, stub -> stub.createModelVersion(request.build())));
    }

    /**
     * Where a version is in its life.
     *
     * @throws ServiceException UNAVAILABLE if the registry does not answer and a later try may help
     */
    public VersionStatus version(String name) {
        return statusOf(() -> call(
                models,
                stub -> stub.getModelVersion(
                        GetModelVersionRequest.newBuilder().setName(name).build())));
    }

    /**
     * Points an alias at a version; doing it again changes nothing.
     *
     * @param alias `tenants/{tenant}/models/{model}/aliases/{alias}`
     * @return why the registry will never do it; empty if it is done
     * @throws ServiceException UNAVAILABLE if the registry does not answer and a later try may help
     */
    public Optional<String> moveAlias(String alias, String version) {
        UpdateAliasRequest request = UpdateAliasRequest.newBuilder()
                .setAlias(Alias.newBuilder().setName(alias).setVersion(version))
                .build();
        try {
            var _ = call(models, stub -> stub.updateAlias(request));
            return Optional.empty();
        } catch (StatusRuntimeException failure) {
            if (isFinal(failure.getStatus().getCode())) {
                return Optional.of(description(failure));
            }
            throw unavailable(failure);
        }
    }

    private VersionStatus statusOf(Supplier<ModelVersion> call) {
        ModelVersion version;
        try {
            version = call.get();
        } catch (StatusRuntimeException failure) {
            if (isFinal(failure.getStatus().getCode())) {
                return new VersionStatus.Refused("the registry refused the version: " + description(failure));
            }
            throw unavailable(failure);
        }
        ModelVersion.State state = switch (version.getState()) {
            case STATE_DELETED, STATE_PURGED -> version.getUndeleteState();
            default -> version.getState();
        };
        boolean deleted = state != version.getState();
        return switch (state) {
            case STATE_READY, STATE_ARCHIVED, STATE_REVOKED, STATE_QUARANTINED, STATE_DELETED, STATE_PURGED ->
                // Whatever became of it later, it was ready once.
                new VersionStatus.Ready(version.getName());
            case STATE_REJECTED ->
                new VersionStatus.Rejected(
                        version.getName(), "validation rejected the version: " + version.getStateReason());
            case STATE_PENDING_UPLOAD ->
                deleted
                        ? new VersionStatus.Rejected(
                                version.getName(), "the version was deleted before its files were uploaded")
                        : pending(version, true);
            case STATE_VALIDATING, STATE_UNSPECIFIED, UNRECOGNIZED -> pending(version, false);
        };
    }

    private static VersionStatus pending(ModelVersion version, boolean filesMissing) {
        return new VersionStatus.Pending(
                version.getName(),
                filesMissing,
                Instant.ofEpochSecond(
                        version.getCreateTime().getSeconds(),
                        version.getCreateTime().getNanos()));
    }

    /** Whether the same call would fail again for ever. */
    private static boolean isFinal(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, OUT_OF_RANGE -> true;
            default -> false;
        };
    }

    private <T> Optional<T> find(Supplier<T> call) {
        try {
            return Optional.of(call.get());
        } catch (StatusRuntimeException failure) {
            if (failure.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw unavailable(failure);
        }
    }

    private ServiceException unavailable(StatusRuntimeException failure) {
        LOG.warnf("registry-service does not answer: %s", failure.getMessage());
        return new ServiceException(CommonReason.DEPENDENCY_UNAVAILABLE, "registry-service does not answer");
    }

    private static String description(StatusRuntimeException failure) {
        String description = failure.getStatus().getDescription();
        return description == null ? failure.getStatus().getCode().toString() : description;
    }

    /** Calls, and once more after a failed connection: the registry may be back, and all of these calls are idempotent. */
    private <S extends AbstractStub<S>, A> A call(S stub, Function<S, A> method) {
        try {
            return method.apply(stub.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusRuntimeException failure) {
            if (failure.getStatus().getCode() != Status.Code.UNAVAILABLE) {
                throw failure;
            }
            // Or the channel would wait up to two minutes before it looks for the registry again.
            channel.resetConnectBackoff();
            return method.apply(
                    stub.withWaitForReady().withDeadlineAfter(RECONNECT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        }
    }
}
