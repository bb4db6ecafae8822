package io.modelmill.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactUpload;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TenantUpload;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Uploads of many calls. */
@RegistryIntegrationTest
class ArtifactUploadIT {
    private static final int MEBIBYTE = 1 << 20;

    @Inject
    ArtifactConfig config;

    @Inject
    Jdbi jdbi;

    @Inject
    UploadSessions sessions;

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
    void keepsAFileThatCameInManyCalls() {
        byte[] content = content(3 * MEBIBYTE + 17);
        TenantUpload upload = TenantUpload.begin(tenant, "weights", content);

        ArtifactUpload begun = upload.get();
        assertThat(begun.getName()).isEqualTo(tenant.name() + "/artifactUploads/weights");
        assertThat(begun.getSha256()).isEqualTo(RegistryTenant.sha256(content));
        assertThat(begun.getSizeBytes()).isEqualTo(content.length);
        assertThat(begun.getCommittedSizeBytes()).isZero();
        assertThat(Duration.ofSeconds(begun.getExpireTime().getSeconds()
                        - begun.getCreateTime().getSeconds()))
                .isEqualTo(config.uploadExpiry());
        for (int offset = 0; offset < content.length; offset += MEBIBYTE) {
            int length = Math.min(MEBIBYTE, content.length - offset);
            assertThat(upload.write(offset, length).getCommittedSizeBytes()).isEqualTo(offset + length);
        }
        assertThat(upload.get().getCommittedSizeBytes()).isEqualTo(content.length);
        Artifact artifact = upload.finish();

        assertThat(artifact.getName()).isEqualTo(tenant.name() + "/artifacts/" + RegistryTenant.sha256(content));
        assertThat(artifact.getSizeBytes()).isEqualTo(content.length);
        assertThat(tenant.download(artifact.getName())).isEqualTo(content);
        assertGone(upload);
        assertThat(partOf(upload)).isEmpty();
    }

    @Test
    void keepsAnEmptyFile() {
        TenantUpload upload = TenantUpload.begin(tenant, "empty", new byte[0]);

        Artifact artifact = upload.finish();

        assertThat(artifact.getSizeBytes()).isZero();
        assertThat(tenant.download(artifact.getName())).isEmpty();
    }

    @Test
    void showsNothingBeforeTheEnd() {
        byte[] content = content(1_000);
        TenantUpload upload = TenantUpload.begin(tenant, "early", content);
        upload.write(0, 999);

        Refusals refusal = Refusals.of(upload::finish);
        refusal.is(Status.Code.FAILED_PRECONDITION, "UPLOAD_INCOMPLETE");
        assertThat(refusal.message()).isEqualTo("committed_size_bytes: 999 (expected: 1000, the upload's size_bytes)");
        Refusals.of(() -> tenant.download(tenant.name() + "/artifacts/" + RegistryTenant.sha256(content)))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");

        upload.write(999, 1);
        assertThat(tenant.download(upload.finish().getName())).isEqualTo(content);
    }

    @Test
    void beginsTheSameUploadOnce() {
        byte[] content = content(1_000);
        TenantUpload upload = TenantUpload.begin(tenant, "again", content);
        ArtifactUpload written = upload.write(0, 600);

        assertThat(upload.begin()).isEqualTo(written);

        Refusals refusal = Refusals.of(() -> TenantUpload.begin(tenant, "again", content(1_001)));
        refusal.is(Status.Code.ALREADY_EXISTS, "RESOURCE_EXISTS");
        assertThat(refusal.message())
                .isEqualTo("artifact_upload_id: \"again\" (expected: an id not taken; it is 1000 bytes with SHA-256 "
                        + RegistryTenant.sha256(content) + ")");
    }

    @Test
    void makesUpAnIdWhereNoneIsGiven() {
        TenantUpload first = TenantUpload.begin(tenant, "", content(10));
        TenantUpload second = TenantUpload.begin(tenant, "", content(10));

        assertThat(first.name())
                .startsWith(tenant.name() + "/artifactUploads/u-")
                .isNotEqualTo(second.name());
        first.write(0, 10);
        assertThat(first.finish().getSizeBytes()).isEqualTo(10);
    }

    @Test
    void tellsWhereToGoOn() {
        TenantUpload upload = TenantUpload.begin(tenant, "offsets", content(1_000));
        upload.write(0, 400);

        for (long wrong : new long[] {-1, 0, 399, 401, 1_000, Long.MAX_VALUE}) {
            Refusals refusal = Refusals.of(() -> upload.write(wrong, new byte[10]));
            refusal.is(Status.Code.OUT_OF_RANGE, "UPLOAD_OFFSET");
            assertThat(refusal.fields()).singleElement().satisfies(field -> {
                assertThat(field.getField()).isEqualTo("offset_bytes");
                assertThat(field.getDescription())
                        .isEqualTo(wrong + " (expected: 400, the upload's committed_size_bytes)");
            });
        }
        upload.write(400, 600);
        assertThat(upload.finish().getSizeBytes()).isEqualTo(1_000);
    }

    @Test
    void refusesChunksOfImpossibleSizes() {
        int large = 5 * MEBIBYTE;
        TenantUpload upload = TenantUpload.begin(tenant, "chunks", content(large));

        assertChunk(Refusals.of(() -> upload.write(0, new byte[0])), "0 (expected: 1 to 4194304 bytes)");
        assertChunk(Refusals.of(() -> upload.write(0, (4 << 20) + 1)), "4194305 (expected: 1 to 4194304 bytes)");
        upload.write(0, 4 << 20);
        assertChunk(
                Refusals.of(() -> upload.write(4 << 20, new byte[MEBIBYTE + 1])),
                "1048577 (expected: at most 1048576 bytes, which are missing of the upload's size_bytes 5242880)");
        upload.write(4 << 20, MEBIBYTE);
        assertThat(upload.finish().getSizeBytes()).isEqualTo(large);
    }

    @Test
    void refusesMessagesFarLargerThanAChunkBeforeTheyAreRead() {
        TenantUpload upload = TenantUpload.begin(tenant, "flood", content(100));

        assertThat(Refusals.codeOf(() -> upload.write(0, new byte[9 * MEBIBYTE])))
                .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        upload.write(0, 100);
        assertThat(upload.finish().getSizeBytes()).isEqualTo(100);
    }

    @Test
    void refusesUploadsThatCannotBe() {
        byte[] content = content(10);
        String sha256 = RegistryTenant.sha256(content);

        Refusals.of(() -> TenantUpload.begin(tenant, "Upper", sha256, content)).isInvalid("artifact_upload_id");
        Refusals.of(() -> TenantUpload.begin(tenant, "short", "ABC", content)).isInvalid("artifact_upload.sha256");
        Refusals negative = Refusals.of(() -> TenantUpload.begin(tenant, "negative", sha256, -1));
        negative.isInvalid("artifact_upload.size_bytes");
        assertThat(negative.fields().getFirst().getDescription()).isEqualTo("-1 (expected: 0 to 17179869184)");
        Refusals huge = Refusals.of(() -> TenantUpload.begin(tenant, "huge", sha256, (16L << 30) + 1));
        huge.isInvalid("artifact_upload.size_bytes");
        assertThat(huge.fields().getFirst().getDescription()).isEqualTo("17179869185 (expected: 0 to 17179869184)");
        assertThat(TenantUpload.begin(tenant, "largest", sha256, 16L << 30)
                        .get()
                        .getSizeBytes())
                .isEqualTo(16L << 30);
        Refusals.of(() -> TenantUpload.of(tenant, tenant.name() + "/artifactUploads/A", content)
                        .get())
                .isInvalid("name");
    }

    @Test
    void endsAnUploadWhoseBytesHaveAnotherHash() {
        byte[] content = content(1_000);
        String announced = RegistryTenant.sha256(content(1_001));
        TenantUpload upload = TenantUpload.begin(tenant, "other-bytes", announced, content);
        upload.write(0, 1_000);
        Path part = partOf(upload).orElseThrow();

        Refusals refusal = Refusals.of(upload::finish);

        refusal.isInvalid("artifact_upload.sha256");
        assertThat(refusal.fields().getFirst().getDescription())
                .isEqualTo("\"" + announced + "\" (expected: " + RegistryTenant.sha256(content)
                        + ", the hash of the bytes that came; the upload is gone)");
        assertGone(upload);
        assertThat(part).doesNotExist();
        Refusals.of(() -> tenant.download(tenant.name() + "/artifacts/" + announced))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void knowsNoUploadThatNeverBeganWasDeletedOrHasExpired() {
        assertGone(TenantUpload.of(tenant, tenant.name() + "/artifactUploads/never", content(10)));

        TenantUpload deleted = TenantUpload.begin(tenant, "deleted", content(10));
        deleted.write(0, 10);
        Path part = partOf(deleted).orElseThrow();
        deleted.delete();
        assertGone(deleted);
        assertThat(part).doesNotExist();

        TenantUpload expired = TenantUpload.begin(tenant, "expired", content(10));
        expired.write(0, 5);
        Path old = partOf(expired).orElseThrow();
        expire(expired);
        assertGone(expired);
        assertThat(old).exists();
        // Its id is free again, for another file too.
        TenantUpload next = TenantUpload.begin(tenant, "expired", content(20));
        assertThat(old).doesNotExist();
        next.write(0, 20);
        assertThat(next.finish().getSizeBytes()).isEqualTo(20);
    }

    @Test
    void removesUploadsThatNobodyWentOnWith() throws IOException {
        TenantUpload abandoned = TenantUpload.begin(tenant, "abandoned", content(10));
        abandoned.write(0, 5);
        Path old = partOf(abandoned).orElseThrow();
        expire(abandoned);
        TenantUpload alive = TenantUpload.begin(tenant, "alive", content(10));
        alive.write(0, 5);
        Path needed = partOf(alive).orElseThrow();
        Path orphan = Files.write(uploads().resolve(UUID.randomUUID().toString()), content(10));
        Path young = Files.write(uploads().resolve(UUID.randomUUID().toString()), content(10));
        FileTime longAgo =
                FileTime.from(Instant.now().minus(config.uploadExpiry()).minusSeconds(60));
        Files.setLastModifiedTime(orphan, longAgo);
        Files.setLastModifiedTime(needed, longAgo);

        sessions.sweep();

        assertThat(old).doesNotExist();
        assertThat(orphan).doesNotExist();
        assertThat(young).exists();
        alive.write(5, 5);
        assertThat(tenant.download(alive.finish().getName())).isEqualTo(content(10));
        Files.delete(young);
    }

    @Test
    void writingPutsTheExpiryOff() {
        TenantUpload upload = TenantUpload.begin(tenant, "slow", content(10));
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE artifact_upload SET expire_time = now() + interval '1 hour' WHERE tenant = ?", tenant.id()));
        long before = upload.get().getExpireTime().getSeconds();

        long after = upload.write(0, 5).getExpireTime().getSeconds();

        assertThat(Duration.ofSeconds(after - before)).isGreaterThan(Duration.ofHours(22));
    }

    @Test
    void endsAnUploadWhoseBytesAreGoneFromTheStore() throws IOException {
        TenantUpload cut = TenantUpload.begin(tenant, "cut", content(10));
        cut.write(0, 5);
        Files.write(partOf(cut).orElseThrow(), new byte[4]);
        Refusals.of(() -> cut.write(5, 5)).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        assertGone(cut);

        TenantUpload lost = TenantUpload.begin(tenant, "lost", content(10));
        lost.write(0, 10);
        Files.delete(partOf(lost).orElseThrow());
        Refusals.of(lost::finish).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        assertGone(lost);
    }

    @Test
    void finishesWhatAnEarlierCallMovedBeforeItDied() throws IOException {
        byte[] content = content(10);
        String sha256 = RegistryTenant.sha256(content);
        TenantUpload upload = TenantUpload.begin(tenant, "moved", content);
        upload.write(0, 10);
        Path target = config.directory()
                .resolve(tenant.id())
                .resolve(sha256.substring(0, 2))
                .resolve(sha256);
        Files.createDirectories(target.getParent());
        Files.move(partOf(upload).orElseThrow(), target);

        assertThat(tenant.download(upload.finish().getName())).isEqualTo(content);
    }

    @Test
    void writesOverWhatACallLeftThatNeverEnded() throws IOException {
        byte[] content = content(100);
        TenantUpload upload = TenantUpload.begin(tenant, "torn", content);
        upload.write(0, 50);
        byte[] torn = new byte[80];
        System.arraycopy(content, 0, torn, 0, 50);
        Files.write(partOf(upload).orElseThrow(), torn);

        upload.write(50, 50);

        assertThat(tenant.download(upload.finish().getName())).isEqualTo(content);
    }

    @Test
    void refusesASecondWriterWhileOneIsAtIt() {
        TenantUpload upload = TenantUpload.begin(tenant, "busy", content(10));

        jdbi.useTransaction(writer -> {
            writer.execute("SELECT * FROM artifact_upload WHERE tenant = ? FOR UPDATE", tenant.id());
            Refusals.of(() -> upload.write(0, 5)).is(Status.Code.ABORTED, "UPLOAD_BUSY");
            Refusals.of(upload::delete).is(Status.Code.ABORTED, "UPLOAD_BUSY");
            assertThat(upload.get().getCommittedSizeBytes()).isZero();
        });

        assertThat(upload.write(0, 5).getCommittedSizeBytes()).isEqualTo(5);
    }

    @Test
    void writersOfOneUploadNeverMixTheirBytes() throws Exception {
        byte[] content = content(2 * MEBIBYTE);
        int chunk = 1 << 16;
        TenantUpload upload = TenantUpload.begin(tenant, "many-writers", content);
        AtomicInteger taken = new AtomicInteger();
        List<Future<?>> writers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int writer = 0; writer < 4; writer++) {
                writers.add(threads.submit(() -> {
                    for (long at = upload.get().getCommittedSizeBytes();
                            at < content.length;
                            at = upload.get().getCommittedSizeBytes()) {
                        try {
                            upload.write(at, chunk);
                            taken.incrementAndGet();
                        } catch (StatusRuntimeException refused) {
                            assertThat(refused.getStatus().getCode())
                                    .isIn(Status.Code.ABORTED, Status.Code.OUT_OF_RANGE);
                        }
                    }
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        // Each chunk was taken from one of them.
        assertThat(taken).hasValue(content.length / chunk);
        assertThat(tenant.download(upload.finish().getName())).isEqualTo(content);
    }

    @Test
    void othersNeitherSeeNorContinueATenantsUpload() {
        TenantUpload upload = TenantUpload.begin(tenant, "mine", content(10));
        upload.write(0, 5);
        RegistryTenant other = RegistryTenant.fresh(callers);
        TenantUpload intruder = TenantUpload.of(tenant.as(callers.tenant(other.id())), upload.name(), content(10));

        assertGone(intruder);
        Refusals.of(intruder::begin).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> TenantUpload.of(tenant.as(callers.anonymous()), upload.name(), content(10))
                        .get())
                .is(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
        // An id of one tenant says nothing of another's.
        assertThat(TenantUpload.begin(other, "mine", content(20)).get().getCommittedSizeBytes())
                .isZero();
        RegistryTenant worker = tenant.as(callers.as(
                new Caller(tenant.name() + "/trainingJobs/job-1", Optional.of(tenant.id()), Set.of(Role.WORKER))));
        TenantUpload.of(worker, upload.name(), content(10)).write(5, 5);
        assertThat(tenant.download(upload.finish().getName())).isEqualTo(content(10));
    }

    @Test
    void wakesVersionsThatWaitForTheFile() {
        byte[] graph = OnnxModels.classifier(4, 3);
        tenant.createModel("digits");
        var version = tenant.models()
                .createModelVersion(tenant.version("digits", graph).build());
        TenantUpload upload = TenantUpload.begin(tenant, "graph", graph);
        upload.write(0, graph.length);
        upload.finish();

        assertThat(tenant.validated(version).getStateReason()).isEmpty();
    }

    private static void assertChunk(Refusals refusal, String description) {
        refusal.isInvalid("chunk");
        assertThat(refusal.fields().getFirst().getDescription()).isEqualTo(description);
    }

    private static void assertGone(TenantUpload upload) {
        Refusals.of(upload::get).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> upload.write(0, new byte[1])).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(upload::finish).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(upload::delete).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    private void expire(TenantUpload upload) {
        String id = upload.name().substring(upload.name().lastIndexOf('/') + 1);
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE artifact_upload SET expire_time = now() WHERE tenant = ? AND upload_id = ?", tenant.id(), id));
    }

    private Path uploads() {
        return config.directory().resolve(".uploads");
    }

    private Optional<Path> partOf(TenantUpload upload) {
        String id = upload.name().substring(upload.name().lastIndexOf('/') + 1);
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT part_id FROM artifact_upload WHERE tenant = :tenant AND upload_id = :id")
                .bind("tenant", tenant.id())
                .bind("id", id)
                .mapTo(UUID.class)
                .findOne()
                .map(part -> uploads().resolve(part.toString())));
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }
}
