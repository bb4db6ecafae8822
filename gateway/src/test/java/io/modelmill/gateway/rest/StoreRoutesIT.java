package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.gateway.fixture.RestClient.Answer;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.CollectGarbageRequest;
import io.modelmill.proto.registry.v1.CollectGarbageResponse;
import io.modelmill.proto.registry.v1.DatasetServiceGrpc;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.DeleteDatasetVersionRequest;
import io.modelmill.proto.registry.v1.GarbageKind;
import io.modelmill.proto.registry.v1.GarbageServiceGrpc;
import io.modelmill.proto.registry.v1.GarbageTotal;
import io.modelmill.proto.registry.v1.GetStorageQuotaRequest;
import io.modelmill.proto.registry.v1.ListArtifactUploadsRequest;
import io.modelmill.proto.registry.v1.ListArtifactUploadsResponse;
import io.modelmill.proto.registry.v1.StorageLimits;
import io.modelmill.proto.registry.v1.StorageQuota;
import io.modelmill.proto.registry.v1.StorageQuotaServiceGrpc;
import io.modelmill.proto.registry.v1.UndeleteDatasetVersionRequest;
import io.modelmill.proto.registry.v1.UpdateStorageQuotaRequest;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is kept in the store and what goes, as JSON. */
@GatewayIntegrationTest
class StoreRoutesIT {
    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private final AtomicReference<Object> seen = new AtomicReference<>();
    private RestClient rest;

    @BeforeEach
    void connect() {
        try (GatewayCallers callers = GatewayCallers.connect()) {
            rest = RestClient.withKey(callers.newKey(callers.newTenant()).getSecret());
        }
    }

    @AfterEach
    void disconnect() {
        fleet.registry().clear();
    }

    @Test
    void deletesVersionsOfDataSets() {
        fleet.registry().serve(new Datasets(seen));
        String name = "tenants/t/datasets/d/versions/2";

        assertThat(rest.delete("/v1/" + name + "?etag=7").status()).isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(DeleteDatasetVersionRequest.newBuilder()
                        .setName(name)
                        .setEtag("7")
                        .build());
        assertThat(rest.send("POST", "/v1/" + name + ":undelete", "{'etag':'8'}")
                        .status())
                .isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(UndeleteDatasetVersionRequest.newBuilder()
                        .setName(name)
                        .setEtag("8")
                        .build());
    }

    @Test
    void collectsGarbage() {
        fleet.registry().serve(new Garbage(seen));

        Answer told = rest.send("POST", "/v1/garbage:collect", "{'validateOnly':true}");

        assertThat(told.status()).as(told.text()).isEqualTo(200);
        assertThat(told.json().at("/totals/0/kind").asText()).isEqualTo("GARBAGE_KIND_ARTIFACT");
        assertThat(told.json().at("/totals/0/count").asText()).isEqualTo("3");
        assertThat(seen.get())
                .isEqualTo(
                        CollectGarbageRequest.newBuilder().setValidateOnly(true).build());
    }

    @Test
    void bindsQuotasOfStorage() {
        fleet.registry().serve(new Quotas(seen));
        String name = "tenants/t/storageQuota";

        assertThat(rest.get("/v1/" + name).status()).isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(GetStorageQuotaRequest.newBuilder().setName(name).build());
        assertThat(rest.send("PUT", "/v1/" + name, "{'granted':{'maxBytes':'5','maxObjects':6},'etag':'7'}")
                        .status())
                .isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(UpdateStorageQuotaRequest.newBuilder()
                        .setStorageQuota(StorageQuota.newBuilder()
                                .setName(name)
                                .setGranted(StorageLimits.newBuilder()
                                        .setMaxBytes(5)
                                        .setMaxObjects(6))
                                .setEtag("7"))
                        .build());
    }

    @Test
    void listsOpenUploads() {
        fleet.registry().serve(new Uploads(seen));

        assertThat(rest.get("/v1/tenants/t/artifactUploads?page_size=3").status())
                .isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(ListArtifactUploadsRequest.newBuilder()
                        .setParent("tenants/t")
                        .setPageSize(3)
                        .build());
    }

    private static <T> void answer(
            AtomicReference<Object> seen, Object request, StreamObserver<T> response, T message) {
        seen.set(request);
        response.onNext(message);
        response.onCompleted();
    }

    private static final class Datasets extends DatasetServiceGrpc.DatasetServiceImplBase {
        private final AtomicReference<Object> seen;

        private Datasets(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void deleteDatasetVersion(DeleteDatasetVersionRequest request, StreamObserver<DatasetVersion> response) {
            answer(seen, request, response, DatasetVersion.getDefaultInstance());
        }

        @Override
        public void undeleteDatasetVersion(
                UndeleteDatasetVersionRequest request, StreamObserver<DatasetVersion> response) {
            answer(seen, request, response, DatasetVersion.getDefaultInstance());
        }
    }

    private static final class Garbage extends GarbageServiceGrpc.GarbageServiceImplBase {
        private final AtomicReference<Object> seen;

        private Garbage(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void collectGarbage(CollectGarbageRequest request, StreamObserver<CollectGarbageResponse> response) {
            answer(
                    seen,
                    request,
                    response,
                    CollectGarbageResponse.newBuilder()
                            .addTotals(GarbageTotal.newBuilder()
                                    .setKind(GarbageKind.GARBAGE_KIND_ARTIFACT)
                                    .setCount(3))
                            .build());
        }
    }

    private static final class Quotas extends StorageQuotaServiceGrpc.StorageQuotaServiceImplBase {
        private final AtomicReference<Object> seen;

        private Quotas(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void getStorageQuota(GetStorageQuotaRequest request, StreamObserver<StorageQuota> response) {
            answer(seen, request, response, StorageQuota.getDefaultInstance());
        }

        @Override
        public void updateStorageQuota(UpdateStorageQuotaRequest request, StreamObserver<StorageQuota> response) {
            answer(seen, request, response, StorageQuota.getDefaultInstance());
        }
    }

    private static final class Uploads extends ArtifactServiceGrpc.ArtifactServiceImplBase {
        private final AtomicReference<Object> seen;

        private Uploads(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void listArtifactUploads(
                ListArtifactUploadsRequest request, StreamObserver<ListArtifactUploadsResponse> response) {
            answer(seen, request, response, ListArtifactUploadsResponse.getDefaultInstance());
        }
    }
}
