package io.modelmill.registry.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.proto.registry.v1.ArtifactUpload;
import io.modelmill.proto.registry.v1.GetStorageQuotaRequest;
import io.modelmill.proto.registry.v1.ListArtifactUploadsRequest;
import io.modelmill.proto.registry.v1.ListArtifactUploadsResponse;
import io.modelmill.proto.registry.v1.StorageLimits;
import io.modelmill.proto.registry.v1.StorageQuota;
import io.modelmill.proto.registry.v1.StorageQuotaServiceGrpc;
import io.modelmill.proto.registry.v1.StorageUsage;
import io.modelmill.proto.registry.v1.UpdateStorageQuotaRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TenantUpload;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class StorageQuotaIT {
    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void countsWhatIsKeptOnceAndWhatIsBeingUploaded() {
        assertThat(own().getUsage()).isEqualTo(StorageUsage.getDefaultInstance());
        assertThat(own().getEffective()).as("no bound").isEqualTo(StorageLimits.getDefaultInstance());
        tenant.upload(content(1, 100));
        tenant.upload(content(1, 100));
        TenantUpload upload = TenantUpload.begin(tenant, "u", content(2, 50));

        assertThat(own().getUsage()).isEqualTo(usage(100, 1, 50, 1));

        upload.write(0, 50);
        upload.finish();
        assertThat(own().getUsage()).isEqualTo(usage(150, 2, 0, 0));
        TenantUpload.begin(tenant, "v", content(3, 7)).delete();
        assertThat(own().getUsage()).isEqualTo(usage(150, 2, 0, 0));
        assertThat(own().getName()).isEqualTo(tenant.name() + "/storageQuota");
    }

    @Test
    void refusesWhatThereIsNoRoomFor() {
        grant(1_000, 0);
        tenant.upload(content(1, 800));
        TenantUpload open = TenantUpload.begin(tenant, "open", content(2, 150));

        Refusals streamed = Refusals.of(() -> tenant.upload(content(3, 51)));
        streamed.is(Status.Code.RESOURCE_EXHAUSTED, "STORAGE_QUOTA_EXCEEDED");
        assertThat(streamed.message())
                .isEqualTo("header.size_bytes: 51 (expected: at most 50, what is left of 1000 bytes of which "
                        + tenant.name() + " uses 950)");
        Refusals begun = Refusals.of(() -> TenantUpload.begin(tenant, "more", content(3, 51)));
        begun.is(Status.Code.RESOURCE_EXHAUSTED, "STORAGE_QUOTA_EXCEEDED");
        assertThat(begun.message()).startsWith("artifact_upload.size_bytes: 51 (expected: at most 50,");
        assertThat(own().getUsage()).isEqualTo(usage(800, 1, 150, 1));
        tenant.upload(content(1, 800));
        assertThat(open.begin().getName()).as("begun already").isEqualTo(open.name());
        tenant.upload(content(4, 50));
        assertThat(own().getUsage()).isEqualTo(usage(850, 2, 150, 1));
    }

    @Test
    void refusesOneObjectTooMany() {
        grant(0, 2);
        tenant.upload(content(1, 5));
        TenantUpload open = TenantUpload.begin(tenant, "open", content(2, 5));

        Refusals refusal = Refusals.of(() -> tenant.upload(content(3, 0)));

        refusal.is(Status.Code.RESOURCE_EXHAUSTED, "STORAGE_QUOTA_EXCEEDED");
        assertThat(refusal.message())
                .isEqualTo("one more object (expected: at most 2 objects, of which " + tenant.name() + " uses 2)");
        open.delete();
        tenant.upload(content(3, 0));
    }

    @Test
    void letsWhatHasBegunEndAfterTheQuotaWasLowered() {
        TenantUpload open = TenantUpload.begin(tenant, "open", content(1, 500));
        open.write(0, 500);
        grant(10, 1);

        open.finish();

        assertThat(own().getUsage()).isEqualTo(usage(500, 1, 0, 0));
        Refusals refusal = Refusals.of(() -> tenant.upload(content(2, 1)));
        refusal.is(Status.Code.RESOURCE_EXHAUSTED, "STORAGE_QUOTA_EXCEEDED");
        grant(10, 9);
        assertThat(Refusals.of(() -> tenant.upload(content(2, 1))).message())
                .isEqualTo("header.size_bytes: 1 (expected: at most 0, what is left of 10 bytes of which "
                        + tenant.name() + " uses 500)");
    }

    @Test
    void givesTheRoomOfExpiredUploadsBack() {
        grant(100, 0);
        TenantUpload.begin(tenant, "old", content(1, 100));
        jdbi.useHandle(
                handle -> handle.createUpdate("UPDATE artifact_upload SET expire_time = now() WHERE tenant = :tenant")
                        .bind("tenant", tenant.id())
                        .execute());

        TenantUpload.begin(tenant, "new", content(2, 100));

        assertThat(own().getUsage()).isEqualTo(usage(0, 0, 100, 1));
    }

    @Test
    void isNotOverspentByUploadsAtTheSameTime() throws Exception {
        grant(1_000, 0);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> uploads = new ArrayList<>();
            for (int index = 0; index < 24; index++) {
                byte[] content = content(index, 300);
                String id = "u" + index;
                boolean streamed = index % 2 == 0;
                uploads.add(threads.submit(() -> {
                    try {
                        if (streamed) {
                            tenant.upload(content);
                        } else {
                            TenantUpload upload = TenantUpload.begin(tenant, id, content);
                            upload.write(0, content.length);
                            upload.finish();
                        }
                        return true;
                    } catch (StatusRuntimeException e) {
                        Refusals.of(e).is(Status.Code.RESOURCE_EXHAUSTED, "STORAGE_QUOTA_EXCEEDED");
                        return false;
                    }
                }));
            }
            int done = 0;
            for (Future<Boolean> upload : uploads) {
                done += upload.get() ? 1 : 0;
            }
            assertThat(done).isEqualTo(3);
        }
        assertThat(own().getUsage()).isEqualTo(usage(900, 3, 0, 0));
    }

    @Test
    void looksAgainWhenTheBytesOfOneCallHaveCome() {
        grant(100, 0);
        byte[] slow = content(1, 60);
        RegistryTenant.Upload begun = tenant.beginUpload();
        begun.requests()
                .onNext(UploadArtifactRequest.newBuilder()
                        .setHeader(UploadArtifactHeader.newBuilder()
                                .setParent(tenant.name())
                                .setSha256(RegistryTenant.sha256(slow))
                                .setSizeBytes(slow.length))
                        .build());
        tenant.upload(content(2, 60));
        begun.requests()
                .onNext(UploadArtifactRequest.newBuilder()
                        .setChunk(com.google.protobuf.ByteString.copyFrom(slow))
                        .build());
        begun.requests().onCompleted();

        Refusals.of(begun::await).is(Status.Code.RESOURCE_EXHAUSTED, "STORAGE_QUOTA_EXCEEDED");
        assertThat(own().getUsage()).isEqualTo(usage(60, 1, 0, 0));
    }

    @Test
    void isGrantedByAdministratorsUnderAnEtag() {
        StorageQuota before = own();
        StorageQuota granted = grant(10, 20);

        assertThat(granted.getGranted())
                .isEqualTo(StorageLimits.newBuilder()
                        .setMaxBytes(10)
                        .setMaxObjects(20)
                        .build());
        assertThat(granted.getEffective()).isEqualTo(granted.getGranted());
        assertThat(own()).isEqualTo(granted);
        Refusals.of(() -> update(StorageQuota.newBuilder().setEtag(before.getEtag())))
                .is(Status.Code.ABORTED, "STALE_ETAG");
        StorageQuota again = update(StorageQuota.newBuilder().setEtag(granted.getEtag()));
        assertThat(again.getEffective()).isEqualTo(StorageLimits.getDefaultInstance());
        assertThat(again.getEtag()).isNotEqualTo(granted.getEtag());
        Refusals.of(() -> grant(-1, -2))
                .isInvalid("storage_quota.granted.max_bytes", "storage_quota.granted.max_objects");
        Refusals.of(() -> quotas(callers.tenant(tenant.id()))
                        .updateStorageQuota(UpdateStorageQuotaRequest.getDefaultInstance()))
                .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
        Refusals.of(() -> quotas(callers.tenant(RegistryTenant.fresh(callers).id()))
                        .getStorageQuota(request()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> quotas(administrator())
                        .getStorageQuota(GetStorageQuotaRequest.newBuilder()
                                .setName(tenant.name())
                                .build()))
                .isInvalid("name");
    }

    @Test
    void listsOpenUploads() {
        for (String id : List.of("b", "a", "c")) {
            TenantUpload.begin(tenant, id, content(id.charAt(0), 10));
        }
        TenantUpload.begin(RegistryTenant.fresh(callers), "foreign", content(9, 10));
        ListArtifactUploadsRequest request = ListArtifactUploadsRequest.newBuilder()
                .setParent(tenant.name())
                .setPageSize(2)
                .build();

        ListArtifactUploadsResponse page = tenant.artifacts().listArtifactUploads(request);
        ListArtifactUploadsResponse rest = tenant.artifacts()
                .listArtifactUploads(request.toBuilder()
                        .setPageToken(page.getNextPageToken())
                        .build());

        assertThat(page.getArtifactUploadsList())
                .extracting(ArtifactUpload::getName)
                .containsExactly(tenant.name() + "/artifactUploads/a", tenant.name() + "/artifactUploads/b");
        assertThat(rest.getArtifactUploadsList())
                .extracting(ArtifactUpload::getName)
                .containsExactly(tenant.name() + "/artifactUploads/c");
        assertThat(rest.getNextPageToken()).isEmpty();
        Refusals.of(() -> RegistryTenant.fresh(callers).artifacts().listArtifactUploads(request))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> tenant.artifacts()
                        .listArtifactUploads(
                                request.toBuilder().setPageToken("!").build()))
                .isInvalid("page_token");
    }

    private static byte[] content(int seed, int size) {
        byte[] content = new byte[size];
        if (size >= Integer.BYTES) {
            ByteBuffer.wrap(content).putInt(seed);
        }
        return content;
    }

    private static StorageUsage usage(long bytes, long objects, long uploadingBytes, long uploadingObjects) {
        return StorageUsage.newBuilder()
                .setStoredBytes(bytes)
                .setStoredObjects(objects)
                .setUploadingBytes(uploadingBytes)
                .setUploadingObjects(uploadingObjects)
                .build();
    }

    private GetStorageQuotaRequest request() {
        return GetStorageQuotaRequest.newBuilder()
                .setName(tenant.name() + "/storageQuota")
                .build();
    }

    /** As the tenant sees it. */
    private StorageQuota own() {
        return quotas(callers.tenant(tenant.id())).getStorageQuota(request());
    }

    private StorageQuota grant(long maxBytes, long maxObjects) {
        return update(StorageQuota.newBuilder()
                .setGranted(StorageLimits.newBuilder().setMaxBytes(maxBytes).setMaxObjects(maxObjects)));
    }

    private StorageQuota update(StorageQuota.Builder quota) {
        return quotas(administrator())
                .updateStorageQuota(UpdateStorageQuotaRequest.newBuilder()
                        .setStorageQuota(quota.setName(tenant.name() + "/storageQuota"))
                        .build());
    }

    private io.grpc.Channel administrator() {
        return callers.as(new Caller("admin", Optional.empty(), Set.of(Role.PLATFORM_ADMIN)));
    }

    private static StorageQuotaServiceGrpc.StorageQuotaServiceBlockingStub quotas(io.grpc.Channel channel) {
        return StorageQuotaServiceGrpc.newBlockingStub(channel);
    }
}
