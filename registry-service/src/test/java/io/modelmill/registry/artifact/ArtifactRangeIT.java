package io.modelmill.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import io.grpc.Context;
import io.grpc.Status;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Downloads of parts of files. */
@RegistryIntegrationTest
class ArtifactRangeIT {
    private static final int SIZE = 3_000_000;

    private TestCallers callers;
    private RegistryTenant tenant;
    private byte[] content;
    private String artifact;

    @BeforeEach
    void upload() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        content = new byte[SIZE];
        new Random(SIZE).nextBytes(content);
        artifact = tenant.upload(content).getName();
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void sendsWhatIsAskedFor() {
        assertRange(0, 0, 0, SIZE);
        assertRange(0, 1, 0, 1);
        assertRange(0, SIZE, 0, SIZE);
        assertRange(1, 0, 1, SIZE);
        assertRange(1 << 20, 1 << 20, 1 << 20, 1 << 21);
        assertRange(1_234_567, 1_500_000, 1_234_567, 2_734_567);
        assertRange(SIZE - 1, 1, SIZE - 1, SIZE);
        assertRange(SIZE, 0, SIZE, SIZE);
    }

    @Test
    void goesOnWhereADownloadBrokeOff() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> {
            Iterator<DownloadArtifactResponse> chunks = tenant.artifacts().downloadArtifact(request(0, 0));
            bytes.writeBytes(chunks.next().getChunk().toByteArray());
        });
        call.cancel(null);

        bytes.writeBytes(tenant.download(request(bytes.size(), 0)));

        assertThat(bytes.toByteArray()).isEqualTo(content);
    }

    @Test
    void tellsWhichRangesThereAre() {
        assertOutside(-1, 0, "offset_bytes", "-1 (expected: 0 to 3000000, the file's size)");
        assertOutside(SIZE + 1, 0, "offset_bytes", "3000001 (expected: 0 to 3000000, the file's size)");
        assertOutside(
                Long.MAX_VALUE, 1, "offset_bytes", "9223372036854775807 (expected: 0 to 3000000, the file's size)");
        assertOutside(0, -1, "length_bytes", "-1 (expected: 0 to 3000000, the file's bytes from the offset on)");
        assertOutside(1, SIZE, "length_bytes", "3000000 (expected: 0 to 2999999, the file's bytes from the offset on)");
        assertOutside(SIZE, 1, "length_bytes", "1 (expected: 0 to 0, the file's bytes from the offset on)");
        assertOutside(
                5,
                Long.MAX_VALUE,
                "length_bytes",
                "9223372036854775807 (expected: 0 to 2999995, the file's bytes from the offset on)");

        Refusals both = Refusals.of(() -> tenant.download(request(-5, -6)));
        both.is(Status.Code.OUT_OF_RANGE, "RANGE_OUTSIDE_FILE");
        assertThat(both.fields())
                .extracting(BadRequest.FieldViolation::getField)
                .containsExactly("offset_bytes", "length_bytes");
    }

    private void assertRange(long offset, long length, int from, int to) {
        assertThat(tenant.download(request(offset, length)))
                .as("%s bytes from %s on", length, offset)
                .isEqualTo(Arrays.copyOfRange(content, from, to));
    }

    private void assertOutside(long offset, long length, String field, String description) {
        Refusals refusal = Refusals.of(() -> tenant.download(request(offset, length)));
        refusal.is(Status.Code.OUT_OF_RANGE, "RANGE_OUTSIDE_FILE");
        assertThat(refusal.fields()).singleElement().satisfies(violation -> {
            assertThat(violation.getField()).isEqualTo(field);
            assertThat(violation.getDescription()).isEqualTo(description);
        });
    }

    private DownloadArtifactRequest request(long offset, long length) {
        return DownloadArtifactRequest.newBuilder()
                .setName(artifact)
                .setOffsetBytes(offset)
                .setLengthBytes(length)
                .build();
    }
}
