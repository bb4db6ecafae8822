package io.modelmill.registry.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.Column;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.DatasetFile;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.GetDatasetVersionRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsRequest;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class DatasetFormatIT {
    private static final byte[] TRAIN_IMAGES = idx(new byte[3 * 2 * 2], 3, 2, 2);
    private static final byte[] TRAIN_LABELS = idx(new byte[] {7, 0, 7}, 3);
    private static final byte[] TEST_IMAGES = idx(new byte[4], 1, 2, 2);
    private static final byte[] TEST_LABELS = idx(new byte[] {1}, 1);

    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.datasets()
                .createDataset(CreateDatasetRequest.newBuilder()
                        .setParent(tenant.name())
                        .setDatasetId("things")
                        .build());
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void describesTheFourFilesOfMnist() {
        DatasetVersion asked = digits().build();

        DatasetVersion version = create(asked);

        assertThat(version.getFormat()).isEqualTo(DatasetVersion.Format.FORMAT_IDX);
        assertThat(version.getSha256()).isEmpty();
        assertThat(version.getFilesList())
                .extracting(DatasetFile::getPath)
                .containsExactly(
                        "t10k-labels-idx1-ubyte",
                        "t10k-images-idx3-ubyte",
                        "train-labels-idx1-ubyte",
                        "train-images-idx3-ubyte");
        assertThat(version.getFiles(3))
                .isEqualTo(file("train-images-idx3-ubyte", TRAIN_IMAGES)
                        .setSizeBytes(TRAIN_IMAGES.length)
                        .build());
        assertThat(version.getSizeBytes())
                .isEqualTo(TRAIN_IMAGES.length + TRAIN_LABELS.length + TEST_IMAGES.length + TEST_LABELS.length);
        assertThat(version.getRowCount()).isEqualTo(4);
        assertThat(version.getSubsetRowCountsMap()).isEqualTo(Map.of("train", 3L, "test", 1L));
        assertThat(version.getColumnsList())
                .containsExactly(
                        Column.newBuilder()
                                .setName("image")
                                .setType(Column.Type.TYPE_TENSOR)
                                .addAllShape(List.of(1L, 2L, 2L))
                                .setDatatype("UINT8")
                                .build(),
                        Column.newBuilder()
                                .setName("label")
                                .setType(Column.Type.TYPE_NUMBER)
                                .addAllDistinctValues(List.of("0", "1", "7"))
                                .setMax(7)
                                .build());
        assertThat(get(version.getName())).isEqualTo(version);
        assertThat(tenant.datasets()
                        .listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                                .setParent(tenant.name() + "/datasets/things")
                                .build())
                        .getDatasetVersionsList())
                .containsExactly(version);
    }

    @Test
    void describesImagesByTheirFolders() throws IOException {
        byte[] zip = images("train/7/1.png", "train/10/1.png", "test/7/2.png");

        DatasetVersion version = create(alone(zip, DatasetVersion.Format.FORMAT_IMAGES));

        assertThat(version.getSubsetRowCountsMap()).isEqualTo(Map.of("train", 2L, "test", 1L));
        assertThat(version.getColumns(0).getShapeList()).containsExactly(3L, 1L, 2L);
        assertThat(version.getColumns(1))
                .isEqualTo(Column.newBuilder()
                        .setName("label")
                        .setType(Column.Type.TYPE_TEXT)
                        .addAllDistinctValues(List.of("7", "10"))
                        .build());
        assertThat(version.getFilesList())
                .containsExactly(
                        file("images.zip", zip).setSizeBytes(zip.length).build());
        assertThat(version.getSha256()).isEqualTo(RegistryTenant.sha256(zip));
    }

    @Test
    void readsTablesOfSeveralFilesTabsAndText() {
        byte[] rows = "a\tb\n1\tx\n".getBytes(UTF_8);
        byte[] more = "a\tb\n2\ty\n3\tx\n".getBytes(UTF_8);
        DatasetVersion table = create(DatasetVersion.newBuilder()
                .setFormat(DatasetVersion.Format.FORMAT_TSV)
                .addFiles(file("1.tsv", upload(rows)))
                .addFiles(file("2.tsv", upload(more)))
                .build());
        DatasetVersion text = create(alone("one\ntwo\n".getBytes(UTF_8), DatasetVersion.Format.FORMAT_TEXT));

        assertThat(table.getRowCount()).isEqualTo(3);
        assertThat(table.getColumns(1).getDistinctValuesList()).containsExactly("x", "y");
        assertThat(table.getSubsetRowCountsMap()).isEmpty();
        assertThat(text.getColumns(0).getName()).isEqualTo("text");
        assertThat(text.getRowCount()).isEqualTo(2);
    }

    @Test
    void createIsIdempotentByRequestId() {
        CreateDatasetVersionRequest request =
                request(digits().build()).setRequestId("once").build();

        DatasetVersion first = tenant.datasets().createDatasetVersion(request);

        assertThat(tenant.datasets().createDatasetVersion(request)).isEqualTo(first);
    }

    @Test
    void namesThePlaceOfBadData() {
        byte[] cut = ByteBuffer.allocate(TRAIN_IMAGES.length - 1)
                .put(TRAIN_IMAGES, 0, TRAIN_IMAGES.length - 1)
                .array();

        Refusals refusal = refusal(DatasetVersion.newBuilder()
                .setFormat(DatasetVersion.Format.FORMAT_IDX)
                .addFiles(file("train-images-idx3-ubyte", upload(cut)))
                .addFiles(file("train-labels-idx1-ubyte", upload(TRAIN_LABELS)))
                .build());

        refusal.isInvalid("dataset_version.files");
        assertThat(refusal.fields().getFirst().getDescription())
                .isEqualTo("train-images-idx3-ubyte: ends within item 3 (expected: 3 items of 4 bytes)");
    }

    @Test
    void refusesFormatsThatAreNone() {
        refusal(alone(TEST_LABELS, DatasetVersion.Format.FORMAT_CSV).toBuilder()
                        .setFormatValue(99)
                        .build())
                .isInvalid("dataset_version.format");
    }

    @Test
    void refusesIdxWithoutNames() {
        refusal(alone(TEST_LABELS, DatasetVersion.Format.FORMAT_IDX)).isInvalid("dataset_version.files");
    }

    @Test
    void refusesFilesThatAreWronglyNamed() {
        refusal(DatasetVersion.newBuilder()
                        .setSha256(RegistryTenant.sha256(TEST_LABELS))
                        .addFiles(file("../x", TEST_LABELS))
                        .addFiles(file("a.csv", TEST_LABELS))
                        .addFiles(file("a.csv", TEST_LABELS).setSha256("x"))
                        .build())
                .isInvalid(
                        "dataset_version.sha256",
                        "dataset_version.files[0].path",
                        "dataset_version.files[2].path",
                        "dataset_version.files[2].sha256");
    }

    @Test
    void refusesTooManyFiles() {
        List<DatasetFile> files = new ArrayList<>();
        for (int index = 0; index <= 1_000; index++) {
            files.add(file("f" + index, TEST_LABELS).build());
        }

        refusal(DatasetVersion.newBuilder().addAllFiles(files).build()).isInvalid("dataset_version.files");
    }

    @Test
    void refusesFilesThatAreNotUploaded() {
        upload(TEST_IMAGES);

        Refusals refusal = refusal(DatasetVersion.newBuilder()
                .setFormat(DatasetVersion.Format.FORMAT_IDX)
                .addFiles(file("test-images-idx3-ubyte", TEST_IMAGES))
                .addFiles(file("test-labels-idx1-ubyte", TEST_LABELS))
                .build());

        refusal.is(Status.Code.FAILED_PRECONDITION, "ARTIFACT_MISSING");
        assertThat(refusal.message()).startsWith("dataset_version.files[1].sha256: ");
    }

    @Test
    void refusesColumnsOfTypesThatTheyCannotHave() {
        refusal(digits().addColumns(Column.newBuilder().setName("image").setType(Column.Type.TYPE_NUMBER))
                        .build())
                .isInvalid("dataset_version.columns[0].type");
        refusal(digits().addColumns(Column.newBuilder().setName("label").setType(Column.Type.TYPE_TENSOR))
                        .build())
                .isInvalid("dataset_version.columns[0].type");
    }

    private DatasetVersion.Builder digits() {
        return DatasetVersion.newBuilder()
                .setFormat(DatasetVersion.Format.FORMAT_IDX)
                .addFiles(file("t10k-labels-idx1-ubyte", upload(TEST_LABELS)))
                .addFiles(file("t10k-images-idx3-ubyte", upload(TEST_IMAGES)))
                .addFiles(file("train-labels-idx1-ubyte", upload(TRAIN_LABELS)))
                .addFiles(file("train-images-idx3-ubyte", upload(TRAIN_IMAGES)));
    }

    private DatasetVersion alone(byte[] content, DatasetVersion.Format format) {
        return DatasetVersion.newBuilder()
                .setFormat(format)
                .setSha256(RegistryTenant.sha256(upload(content)))
                .build();
    }

    private byte[] upload(byte[] content) {
        tenant.upload(content);
        return content;
    }

    private DatasetVersion create(DatasetVersion version) {
        return tenant.datasets().createDatasetVersion(request(version).build());
    }

    private Refusals refusal(DatasetVersion version) {
        return Refusals.of(() -> create(version));
    }

    private CreateDatasetVersionRequest.Builder request(DatasetVersion version) {
        return CreateDatasetVersionRequest.newBuilder()
                .setParent(tenant.name() + "/datasets/things")
                .setDatasetVersion(version);
    }

    private DatasetVersion get(String name) {
        return tenant.datasets()
                .getDatasetVersion(
                        GetDatasetVersionRequest.newBuilder().setName(name).build());
    }

    private static DatasetFile.Builder file(String path, byte[] content) {
        return DatasetFile.newBuilder().setPath(path).setSha256(RegistryTenant.sha256(content));
    }

    /** An array of unsigned bytes as MNIST's files hold them. */
    private static byte[] idx(byte[] values, int... axes) {
        ByteBuffer file =
                ByteBuffer.allocate(4 + 4 * axes.length + values.length).putInt(0x0800 | axes.length);
        for (int axis : axes) {
            file.putInt(axis);
        }
        return file.put(values).array();
    }

    private static byte[] images(String... paths) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String path : paths) {
                zip.putNextEntry(new ZipEntry(path));
                ByteArrayOutputStream image = new ByteArrayOutputStream();
                ImageIO.write(new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB), "png", image);
                zip.write(image.toByteArray());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }
}
