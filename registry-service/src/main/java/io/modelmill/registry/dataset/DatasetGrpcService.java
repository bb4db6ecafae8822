package io.modelmill.registry.dataset;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.DatasetServiceGrpc;
import io.modelmill.proto.registry.v1.DeleteDatasetVersionRequest;
import io.modelmill.proto.registry.v1.GetDatasetRequest;
import io.modelmill.proto.registry.v1.GetDatasetVersionRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsResponse;
import io.modelmill.proto.registry.v1.ListDatasetsRequest;
import io.modelmill.proto.registry.v1.ListDatasetsResponse;
import io.modelmill.proto.registry.v1.UndeleteDatasetVersionRequest;
import io.modelmill.registry.database.PageBytes;
import io.modelmill.registry.database.PageTokens;
import io.modelmill.registry.database.RequestIds;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.util.List;

/** The DatasetService of modelmill.registry.v1. A foreign name answers NOT_FOUND, whatever else is wrong. */
@GrpcService
class DatasetGrpcService extends DatasetServiceGrpc.DatasetServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");
    private static final ResourceNamePattern DATASET = ResourceNamePattern.of("tenants/{tenant}/datasets/{dataset}");
    private static final ResourceNamePattern VERSION =
            ResourceNamePattern.of("tenants/{tenant}/datasets/{dataset}/versions/{version:number}");
    /** Versions carry their columns' values, and so are large. */
    private static final int MOST_VERSIONS = 100;

    private final GrpcCalls calls;
    private final Datasets datasets;
    private final DatasetVersionLife life;

    DatasetGrpcService(GrpcCalls calls, Datasets datasets, DatasetVersionLife life) {
        this.calls = calls;
        this.datasets = datasets;
        this.life = life;
    }

    @Override
    public void createDataset(
            CreateDatasetRequest request, StreamObserver<io.modelmill.proto.registry.v1.Dataset> response) {
        calls.answer(response, () -> {
            String tenant = tenant(request.getParent());
            ResourceNamePattern.requireId(request.getDatasetId(), "dataset_id");
            return DatasetProtoMapper.toProto(datasets.create(
                    new DatasetKey(tenant, request.getDatasetId()),
                    request.getDataset().getDisplayName(),
                    request.getDataset().getDescription(),
                    RequestIds.check(request.getRequestId())));
        });
    }

    @Override
    public void getDataset(GetDatasetRequest request, StreamObserver<io.modelmill.proto.registry.v1.Dataset> response) {
        calls.answer(response, () -> DatasetProtoMapper.toProto(datasets.get(dataset(request.getName(), "name"))));
    }

    @Override
    public void listDatasets(ListDatasetsRequest request, StreamObserver<ListDatasetsResponse> response) {
        calls.answer(response, () -> {
            String tenant = tenant(request.getParent());
            Page<Dataset> page = datasets.list(tenant, PageTokens.byId(request.getPageSize(), request.getPageToken()));
            return ListDatasetsResponse.newBuilder()
                    .addAllDatasets(page.items().stream()
                            .map(DatasetProtoMapper::toProto)
                            .toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void createDatasetVersion(
            CreateDatasetVersionRequest request,
            StreamObserver<io.modelmill.proto.registry.v1.DatasetVersion> response) {
        calls.answer(response, () -> {
            DatasetKey key = dataset(request.getParent(), "parent");
            NewDatasetVersion version = DatasetProtoMapper.newVersion(request.getDatasetVersion());
            return DatasetProtoMapper.toProto(
                    datasets.createVersion(key, version, RequestIds.check(request.getRequestId())));
        });
    }

    @Override
    public void getDatasetVersion(
            GetDatasetVersionRequest request, StreamObserver<io.modelmill.proto.registry.v1.DatasetVersion> response) {
        calls.answer(response, () -> {
            List<String> ids = VERSION.parse(request.getName(), "name");
            // A worker reads the version that it trains on.
            Caller.current().requireTenant(ids.getFirst(), request.getName(), Role.TENANT, Role.WORKER);
            return DatasetProtoMapper.toProto(datasets.getVersion(key(ids), Long.parseLong(ids.get(2))));
        });
    }

    @Override
    public void listDatasetVersions(
            ListDatasetVersionsRequest request, StreamObserver<ListDatasetVersionsResponse> response) {
        calls.answer(response, () -> {
            DatasetKey key = dataset(request.getParent(), "parent");
            PageRequest asked = PageTokens.byNumber(request.getPageSize(), request.getPageToken());
            PageRequest paging = new PageRequest(Math.min(asked.size(), MOST_VERSIONS), asked.after());
            List<io.modelmill.proto.registry.v1.DatasetVersion> read =
                    datasets.listVersions(key, request.getShowDeleted(), paging).stream()
                            .map(DatasetProtoMapper::toProto)
                            .toList();
            Page<io.modelmill.proto.registry.v1.DatasetVersion> page = PageBytes.cut(
                            paging, read, io.modelmill.proto.registry.v1.DatasetVersion::getSerializedSize)
                    .page(
                            read,
                            version -> version.getName()
                                    .substring(version.getName().lastIndexOf('/') + 1));
            return ListDatasetVersionsResponse.newBuilder()
                    .addAllDatasetVersions(page.items())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void deleteDatasetVersion(
            DeleteDatasetVersionRequest request,
            StreamObserver<io.modelmill.proto.registry.v1.DatasetVersion> response) {
        calls.answer(response, () -> {
            List<String> ids = version(request.getName());
            return DatasetProtoMapper.toProto(life.delete(key(ids), Long.parseLong(ids.get(2)), request.getEtag()));
        });
    }

    @Override
    public void undeleteDatasetVersion(
            UndeleteDatasetVersionRequest request,
            StreamObserver<io.modelmill.proto.registry.v1.DatasetVersion> response) {
        calls.answer(response, () -> {
            List<String> ids = version(request.getName());
            return DatasetProtoMapper.toProto(life.undelete(key(ids), Long.parseLong(ids.get(2)), request.getEtag()));
        });
    }

    private static String tenant(String name) {
        String tenant = TENANT.parse(name, "parent").getFirst();
        Caller.current().requireTenant(tenant, name, Role.TENANT);
        return tenant;
    }

    private static DatasetKey dataset(String name, String field) {
        List<String> ids = DATASET.parse(name, field);
        Caller.current().requireTenant(ids.getFirst(), name, Role.TENANT);
        return key(ids);
    }

    /** Ids of tenant, data set and version. */
    private static List<String> version(String name) {
        List<String> ids = VERSION.parse(name, "name");
        Caller.current().requireTenant(ids.getFirst(), name, Role.TENANT);
        return ids;
    }

    private static DatasetKey key(List<String> ids) {
        return new DatasetKey(ids.getFirst(), ids.get(1));
    }
}
