package io.modelmill.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Status;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class ArtifactIT {
    @Inject
    ArtifactConfig config;

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
    void keepsAFileUnderItsHash() throws IOException {
        byte[] content = content(5_000_000);

        Artifact artifact = tenant.upload(content);

        String sha256 = RegistryTenant.sha256(content);
        assertThat(artifact.getName()).isEqualTo(tenant.name() + "/artifacts/" + sha256);
        assertThat(artifact.getSizeBytes()).isEqualTo(content.length);
        Path file = config.directory()
                .resolve(tenant.id())
                .resolve(sha256.substring(0, 2))
                .resolve(sha256);
        assertThat(file).hasBinaryContent(content);
        assertThat(tenant.artifacts()
                        .getArtifact(GetArtifactRequest.newBuilder()
                                .setName(artifact.getName())
                                .build()))
                .isEqualTo(artifact);
        assertThat(tenant.download(artifact.getName())).isEqualTo(content);
    }

    @Test
    void keepsAnEmptyFile() {
        Artifact artifact = tenant.upload(new byte[0]);

        assertThat(tenant.download(artifact.getName())).isEmpty();
    }

    @Test
    void sendsChunksOfOneMebibyteAndWaitsForASlowReader() {
        byte[] content = content(64 << 20);
        Artifact artifact = tenant.upload(content);
        Iterator<DownloadArtifactResponse> chunks = tenant.artifacts()
                .downloadArtifact(DownloadArtifactRequest.newBuilder()
                        .setName(artifact.getName())
                        .build());
        int count = 0;
        while (chunks.hasNext()) {
            assertThat(chunks.next().getChunk().size()).isEqualTo(1 << 20);
            count++;
        }
        assertThat(count).isEqualTo(64);
    }

    @Test
    void downloadThatIsGivenUpLeavesTheServiceAsItWas() {
        Artifact artifact = tenant.upload(content(32 << 20));
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> {
            Iterator<DownloadArtifactResponse> chunks = tenant.artifacts()
                    .downloadArtifact(DownloadArtifactRequest.newBuilder()
                            .setName(artifact.getName())
                            .build());
            assertThat(chunks.next().getChunk().size()).isEqualTo(1 << 20);
        });
        call.cancel(null);

        assertThat(tenant.download(artifact.getName())).hasSize(32 << 20);
    }

    @Test
    void takesTheSameFileTwice() {
        byte[] content = content(10_000);

        assertThat(tenant.upload(content)).isEqualTo(tenant.upload(content));
    }

    @Test
    void tellsWhichHashTheBytesHave() {
        byte[] content = content(1_000);
        String other = RegistryTenant.sha256(content(1_001));

        Refusals refusal = Refusals.of(() -> tenant.upload(header(other, 1_000), content));

        refusal.isInvalid("header.sha256");
        assertThat(refusal.fields().getFirst().getDescription())
                .isEqualTo("\"" + other + "\" (expected: " + RegistryTenant.sha256(content)
                        + ", the hash of the bytes that came)");
        assertGone(other);
        assertNothingIncoming();
    }

    @Test
    void tellsHowManyBytesCame() {
        byte[] content = content(1_000);

        Refusals tooFew = Refusals.of(() -> tenant.upload(header(RegistryTenant.sha256(content), 1_001), content));
        tooFew.isInvalid("header.size_bytes");
        assertThat(tooFew.fields().getFirst().getDescription())
                .isEqualTo("1001 (expected: 1000, the number of bytes that came)");
        Refusals tooMany = Refusals.of(() -> tenant.upload(header(RegistryTenant.sha256(content), 999), content));
        tooMany.isInvalid("header.size_bytes");
        assertThat(tooMany.fields().getFirst().getDescription())
                .isEqualTo("999 (expected: 1000 or more, as many bytes came)");
        assertNothingIncoming();
    }

    @Test
    void refusesHeadersThatCannotBe() {
        byte[] content = content(10);
        String sha256 = RegistryTenant.sha256(content);

        Refusals.of(() -> tenant.upload(header("ABC", 10), content)).isInvalid("header.sha256");
        Refusals.of(() -> tenant.upload(header(sha256, -1), content)).isInvalid("header.size_bytes");
        Refusals.of(() -> tenant.upload(header(sha256, 1L << 50), content)).isInvalid("header.size_bytes");
        Refusals.of(() -> tenant.upload(
                        header(sha256, 10).toBuilder().setParent("tenants/A").build(), content))
                .isInvalid("header.parent");
    }

    @Test
    void refusesMessagesOutOfOrder() {
        RegistryTenant.Upload withoutHeader = tenant.beginUpload();
        withoutHeader.requests().onNext(chunk(10));
        Refusals.of(withoutHeader::await).isInvalid("header");

        RegistryTenant.Upload empty = tenant.beginUpload();
        empty.requests().onCompleted();
        Refusals.of(empty::await).isInvalid("header");

        RegistryTenant.Upload twoHeaders = tenant.beginUpload();
        UploadArtifactRequest header = UploadArtifactRequest.newBuilder()
                .setHeader(header(RegistryTenant.sha256(content(10)), 10))
                .build();
        twoHeaders.requests().onNext(header);
        twoHeaders.requests().onNext(header);
        Refusals.of(twoHeaders::await).isInvalid("chunk");
        assertNothingIncoming();
    }

    @Test
    void refusesChunksThatAreTooLarge() {
        int size = (4 << 20) + 1;
        RegistryTenant.Upload upload = tenant.beginUpload();
        upload.requests()
                .onNext(UploadArtifactRequest.newBuilder()
                        .setHeader(header(RegistryTenant.sha256(new byte[size]), size))
                        .build());
        upload.requests().onNext(chunk(size));

        Refusals.of(upload::await).isInvalid("chunk");
    }

    @Test
    void uploadThatIsGivenUpLeavesNothing() {
        byte[] content = content(2 << 20);
        String sha256 = RegistryTenant.sha256(content);
        RegistryTenant.Upload upload = tenant.beginUpload();
        upload.requests()
                .onNext(UploadArtifactRequest.newBuilder()
                        .setHeader(header(sha256, content.length))
                        .build());
        upload.requests()
                .onNext(UploadArtifactRequest.newBuilder()
                        .setChunk(ByteString.copyFrom(content, 0, 1 << 20))
                        .build());
        Eventually.see(this::incoming, files -> files.size() == 1);

        upload.requests().onError(Status.CANCELLED.asRuntimeException());

        assertNothingIncoming();
        assertGone(sha256);
    }

    @Test
    void workersReadAndWriteTheirTenantsFiles() {
        RegistryTenant worker = tenant.as(callers.as(
                new Caller(tenant.name() + "/trainingJobs/job-1", Optional.of(tenant.id()), Set.of(Role.WORKER))));
        byte[] content = content(100);

        assertThat(tenant.download(worker.upload(content).getName())).isEqualTo(content);
    }

    @Test
    void othersDoNotSeeATenantsFiles() {
        byte[] content = content(100);
        String name = tenant.upload(content).getName();
        RegistryTenant other = RegistryTenant.fresh(callers);
        RegistryTenant intruder = tenant.as(callers.tenant(other.id()));

        Refusals.of(() -> intruder.download(name)).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> intruder.artifacts()
                        .getArtifact(
                                GetArtifactRequest.newBuilder().setName(name).build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> intruder.upload(content)).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> tenant.as(callers.anonymous()).upload(content))
                .is(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
    }

    private void assertGone(String sha256) {
        Refusals.of(() -> tenant.artifacts()
                        .getArtifact(GetArtifactRequest.newBuilder()
                                .setName(tenant.name() + "/artifacts/" + sha256)
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    private void assertNothingIncoming() {
        Eventually.see(this::incoming, List::isEmpty);
    }

    private List<Path> incoming() throws IOException {
        try (Stream<Path> files = Files.list(config.directory().resolve(".incoming"))) {
            return files.toList();
        }
    }

    private UploadArtifactHeader header(String sha256, long size) {
        return UploadArtifactHeader.newBuilder()
                .setParent(tenant.name())
                .setSha256(sha256)
                .setSizeBytes(size)
                .build();
    }

    private static UploadArtifactRequest chunk(int size) {
        return UploadArtifactRequest.newBuilder()
                .setChunk(ByteString.copyFrom(new byte[size]))
                .build();
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        byte[] sign = "artifact".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(sign, 0, content, 0, Math.min(sign.length, size));
        return content;
    }
}
