package io.modelmill.registry.api;

import com.google.protobuf.Empty;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.ArchiveModelVersionRequest;
import io.modelmill.proto.registry.v1.CreateModelRequest;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.DeleteAliasRequest;
import io.modelmill.proto.registry.v1.DeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.GetAliasRequest;
import io.modelmill.proto.registry.v1.GetModelRequest;
import io.modelmill.proto.registry.v1.GetModelVersionRequest;
import io.modelmill.proto.registry.v1.GetRolloutRequest;
import io.modelmill.proto.registry.v1.ListAliasesRequest;
import io.modelmill.proto.registry.v1.ListAliasesResponse;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsResponse;
import io.modelmill.proto.registry.v1.ListModelsRequest;
import io.modelmill.proto.registry.v1.ListModelsResponse;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.RestoreModelVersionRequest;
import io.modelmill.proto.registry.v1.RevokeModelVersionRequest;
import io.modelmill.proto.registry.v1.Rollout;
import io.modelmill.proto.registry.v1.UndeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.proto.registry.v1.UpdateModelRequest;
import io.modelmill.proto.registry.v1.UpdateModelVersionRequest;
import io.modelmill.registry.alias.Aliases;
import io.modelmill.registry.database.PageBytes;
import io.modelmill.registry.database.PageTokens;
import io.modelmill.registry.database.RequestIds;
import io.modelmill.registry.model.ModelContent;
import io.modelmill.registry.model.Models;
import io.modelmill.registry.rollout.Rollouts;
import io.modelmill.registry.search.VersionSearch;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.version.MetadataUpdates;
import io.modelmill.registry.version.ModelVersions;
import io.modelmill.registry.version.NewVersion;
import io.modelmill.registry.version.VersionKey;
import io.modelmill.registry.version.VersionLife;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The ModelService of modelmill.registry.v1. A foreign name answers NOT_FOUND, whatever else is wrong. */
@GrpcService
class ModelGrpcService extends ModelServiceGrpc.ModelServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");
    private static final ResourceNamePattern MODEL = ResourceNamePattern.of("tenants/{tenant}/models/{model}");
    private static final ResourceNamePattern ALL_MODELS = ResourceNamePattern.of("tenants/{tenant}/models/-");
    private static final ResourceNamePattern VERSION =
            ResourceNamePattern.of("tenants/{tenant}/models/{model}/versions/{version:number}");
    private static final ResourceNamePattern ALIAS =
            ResourceNamePattern.of("tenants/{tenant}/models/{model}/aliases/{alias}");
    private static final ResourceNamePattern ROLLOUT =
            ResourceNamePattern.of("tenants/{tenant}/models/{model}/rollout");

    private final GrpcCalls calls;
    private final Models models;
    private final ModelVersions versions;
    private final VersionLife life;
    private final MetadataUpdates metadata;
    private final VersionSearch search;
    private final Aliases aliases;
    private final Rollouts rollouts;

    ModelGrpcService(
            GrpcCalls calls,
            Models models,
            ModelVersions versions,
            VersionLife life,
            MetadataUpdates metadata,
            VersionSearch search,
            Aliases aliases,
            Rollouts rollouts) {
        this.calls = calls;
        this.models = models;
        this.versions = versions;
        this.life = life;
        this.metadata = metadata;
        this.search = search;
        this.aliases = aliases;
        this.rollouts = rollouts;
    }

    @Override
    public void createModel(CreateModelRequest request, StreamObserver<Model> response) {
        calls.answer(response, () -> {
            String tenant = TENANT.parse(request.getParent(), "parent").getFirst();
            requireAccess(tenant, request.getParent());
            ResourceNamePattern.requireId(request.getModelId(), "model_id");
            ModelContent content = ModelProtoMapper.content(request.getModel());
            return ModelProtoMapper.toProto(models.create(
                    new ModelKey(tenant, request.getModelId()), content, RequestIds.check(request.getRequestId())));
        });
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<Model> response) {
        calls.answer(response, () -> ModelProtoMapper.toProto(models.get(model(request.getName(), "name"))));
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> response) {
        calls.answer(response, () -> {
            String tenant = TENANT.parse(request.getParent(), "parent").getFirst();
            requireAccess(tenant, request.getParent());
            PageRequest paging = PageTokens.byId(request.getPageSize(), request.getPageToken());
            Page<io.modelmill.registry.model.Model> page = models.list(tenant, paging);
            return ListModelsResponse.newBuilder()
                    .addAllModels(
                            page.items().stream().map(ModelProtoMapper::toProto).toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void updateModel(UpdateModelRequest request, StreamObserver<Model> response) {
        calls.answer(response, () -> {
            ModelKey key = model(request.getModel().getName(), "model.name");
            UnaryOperator<ModelContent> edit = ModelProtoMapper.edit(request.getModel(), request.getUpdateMask());
            return ModelProtoMapper.toProto(
                    models.update(key, request.getModel().getEtag(), edit));
        });
    }

    @Override
    public void createModelVersion(CreateModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(response, () -> {
            ModelKey key = model(request.getParent(), "parent");
            NewVersion version = VersionProtoMapper.newVersion(request);
            if (version.lineage().trainingJob().isPresent()
                    || version.rejection().isPresent()) {
                Caller.current().require(Role.SERVICE);
            }
            return VersionProtoMapper.toProto(versions.create(key, version, RequestIds.check(request.getRequestId())));
        });
    }

    @Override
    public void getModelVersion(GetModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(response, () -> {
            VersionKey key = version(request.getName(), "name");
            return withCard(versions.get(key));
        });
    }

    @Override
    public void updateModelVersion(UpdateModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(response, () -> {
            ModelVersion version = request.getModelVersion();
            VersionKey key = version(version.getName(), "model_version.name");
            return withCard(
                    metadata.update(key, version.getEtag(), VersionProtoMapper.edit(version, request.getUpdateMask())));
        });
    }

    @Override
    public void listModelVersions(
            ListModelVersionsRequest request, StreamObserver<ListModelVersionsResponse> response) {
        calls.answer(response, () -> {
            boolean isPlain =
                    request.getFilter().isEmpty() && request.getOrderBy().isEmpty();
            if (ALL_MODELS.match(request.getParent()).isPresent() || !isPlain) {
                return searched(request);
            }
            ModelKey key = model(request.getParent(), "parent");
            PageRequest paging = PageTokens.byNumber(request.getPageSize(), request.getPageToken());
            List<ModelVersion> read = versions.list(key, request.getShowDeleted(), paging).stream()
                    .map(VersionProtoMapper::toProto)
                    .toList();
            Page<ModelVersion> page = PageBytes.cut(paging, read, ModelVersion::getSerializedSize)
                    .page(
                            read,
                            version -> version.getName()
                                    .substring(version.getName().lastIndexOf('/') + 1));
            return ListModelVersionsResponse.newBuilder()
                    .addAllModelVersions(page.items())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void archiveModelVersion(ArchiveModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(
                response,
                () -> VersionProtoMapper.toProto(
                        life.archive(version(request.getName(), "name"), request.getEtag(), request.getReason())));
    }

    @Override
    public void restoreModelVersion(RestoreModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(
                response,
                () -> VersionProtoMapper.toProto(life.restore(version(request.getName(), "name"), request.getEtag())));
    }

    @Override
    public void revokeModelVersion(RevokeModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(response, () -> {
            // Who runs the fleet must be able to stop what harms it, whoever published it.
            VersionKey key = Caller.current().has(Role.PLATFORM_ADMIN)
                    ? key(VERSION.parse(request.getName(), "name"))
                    : version(request.getName(), "name");
            return VersionProtoMapper.toProto(life.revoke(key, request.getEtag(), request.getReason()));
        });
    }

    @Override
    public void deleteModelVersion(DeleteModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(
                response,
                () -> VersionProtoMapper.toProto(life.delete(version(request.getName(), "name"), request.getEtag())));
    }

    @Override
    public void undeleteModelVersion(UndeleteModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(
                response,
                () -> VersionProtoMapper.toProto(life.undelete(version(request.getName(), "name"), request.getEtag())));
    }

    @Override
    public void getAlias(GetAliasRequest request, StreamObserver<Alias> response) {
        calls.answer(response, () -> {
            List<String> ids = alias(request.getName(), "name");
            return ModelProtoMapper.toProto(aliases.get(new ModelKey(ids.getFirst(), ids.get(1)), ids.get(2)));
        });
    }

    @Override
    public void listAliases(ListAliasesRequest request, StreamObserver<ListAliasesResponse> response) {
        calls.answer(response, () -> {
            ModelKey key = model(request.getParent(), "parent");
            PageRequest paging = PageTokens.byId(request.getPageSize(), request.getPageToken());
            Page<io.modelmill.registry.alias.Alias> page = aliases.list(key, paging);
            return ListAliasesResponse.newBuilder()
                    .addAllAliases(
                            page.items().stream().map(ModelProtoMapper::toProto).toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void updateAlias(UpdateAliasRequest request, StreamObserver<Alias> response) {
        calls.answer(response, () -> {
            Alias alias = request.getAlias();
            List<String> ids = alias(alias.getName(), "alias.name");
            ModelKey key = new ModelKey(ids.getFirst(), ids.get(1));
            List<String> target = VERSION.parse(alias.getVersion(), "alias.version");
            if (!target.subList(0, 2).equals(ids.subList(0, 2))) {
                throw Violations.of("alias.version", alias.getVersion(), key.name() + "/versions/{version}");
            }
            return ModelProtoMapper.toProto(
                    aliases.update(key, ids.get(2), Long.parseLong(target.get(2)), alias.getEtag()));
        });
    }

    @Override
    public void deleteAlias(DeleteAliasRequest request, StreamObserver<Empty> response) {
        calls.answer(response, () -> {
            List<String> ids = alias(request.getName(), "name");
            aliases.delete(new ModelKey(ids.getFirst(), ids.get(1)), ids.get(2));
            return Empty.getDefaultInstance();
        });
    }

    @Override
    public void getRollout(GetRolloutRequest request, StreamObserver<Rollout> response) {
        calls.answer(response, () -> {
            List<String> ids = ROLLOUT.parse(request.getName(), "name");
            requireAccess(ids.getFirst(), request.getName());
            Duration wait = RolloutProtoMapper.wait(request);
            return RolloutProtoMapper.toProto(
                    rollouts.get(new ModelKey(ids.getFirst(), ids.getLast()), request.getRevision(), wait));
        });
    }

    private ListModelVersionsResponse searched(ListModelVersionsRequest request) {
        Optional<List<String>> all = ALL_MODELS.match(request.getParent());
        VersionSearch.Scope scope = all.map(ids -> {
                    requireAccess(ids.getFirst(), request.getParent());
                    return VersionSearch.Scope.all(ids.getFirst());
                })
                .orElseGet(() -> VersionSearch.Scope.of(model(request.getParent(), "parent")));
        VersionSearch.Result found = search.search(
                scope,
                request.getShowDeleted(),
                request.getFilter(),
                request.getOrderBy(),
                PageRequest.of(request.getPageSize(), request.getPageToken()));
        List<ModelVersion> read =
                found.versions().stream().map(VersionProtoMapper::toProto).toList();
        Page<ModelVersion> page = PageBytes.cut(found.request(), read, ModelVersion::getSerializedSize)
                .page(read, version -> found.tokenAfter(version.getName()));
        return ListModelVersionsResponse.newBuilder()
                .addAllModelVersions(page.items())
                .setNextPageToken(page.nextPageToken())
                .build();
    }

    private ModelVersion withCard(io.modelmill.registry.version.ModelVersion version) {
        return VersionProtoMapper.toProto(version).toBuilder()
                .setCard(metadata.card(version.key()))
                .build();
    }

    private static ModelKey model(String name, String field) {
        List<String> ids = MODEL.parse(name, field);
        requireAccess(ids.getFirst(), name);
        return new ModelKey(ids.getFirst(), ids.get(1));
    }

    private static VersionKey version(String name, String field) {
        List<String> ids = VERSION.parse(name, field);
        requireAccess(ids.getFirst(), name);
        return key(ids);
    }

    private static VersionKey key(List<String> ids) {
        return new VersionKey(new ModelKey(ids.getFirst(), ids.get(1)), Long.parseLong(ids.get(2)));
    }

    /** Ids of tenant, model and alias. */
    private static List<String> alias(String name, String field) {
        List<String> ids = ALIAS.parse(name, field);
        requireAccess(ids.getFirst(), name);
        return ids;
    }

    private static void requireAccess(String tenant, String resourceName) {
        Caller.current().requireTenant(tenant, resourceName, Role.TENANT);
    }
}
