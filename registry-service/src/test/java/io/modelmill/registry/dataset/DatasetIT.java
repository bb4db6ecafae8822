package io.modelmill.registry.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.Column;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.Dataset;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.GetDatasetRequest;
import io.modelmill.proto.registry.v1.GetDatasetVersionRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsResponse;
import io.modelmill.proto.registry.v1.ListDatasetsRequest;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class DatasetIT {
    private static final byte[] FLOWERS = "petal,species\n1.5,setosa\n,virginica\n".getBytes(StandardCharsets.UTF_8);

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
    void createsGetsAndListsDataSets() {
        Dataset made = createDataset("flowers");
        createDataset("digits");

        assertThat(made.getName()).isEqualTo(tenant.name() + "/datasets/flowers");
        assertThat(made.getDisplayName()).isEqualTo("Name of flowers");
        assertThat(tenant.datasets()
                        .getDataset(GetDatasetRequest.newBuilder()
                                .setName(made.getName())
                                .build()))
                .isEqualTo(made);
        assertThat(tenant.datasets()
                        .listDatasets(ListDatasetsRequest.newBuilder()
                                .setParent(tenant.name())
                                .build())
                        .getDatasetsList())
                .extracting(Dataset::getDisplayName)
                .containsExactly("Name of digits", "Name of flowers");
        Refusals.of(() -> createDataset("flowers")).is(Status.Code.ALREADY_EXISTS, "RESOURCE_EXISTS");
        Refusals.of(() -> createDataset("Flowers")).isInvalid("dataset_id");
        Refusals.of(() -> tenant.datasets()
                        .createDataset(CreateDatasetRequest.newBuilder()
                                .setParent(tenant.name())
                                .setDatasetId("x")
                                .setDataset(Dataset.newBuilder()
                                        .setDisplayName("x".repeat(201))
                                        .setDescription("x".repeat(4_001)))
                                .build()))
                .isInvalid("dataset.display_name", "dataset.description");
    }

    @Test
    void createIsIdempotentByRequestId() {
        CreateDatasetRequest request = CreateDatasetRequest.newBuilder()
                .setParent(tenant.name())
                .setDatasetId("flowers")
                .setRequestId("once")
                .build();

        assertThat(tenant.datasets().createDataset(request))
                .isEqualTo(tenant.datasets().createDataset(request));
    }

    @Test
    void profilesAVersion() {
        createDataset("flowers");
        tenant.upload(FLOWERS);

        DatasetVersion version = tenant.datasets()
                .createDatasetVersion(
                        version(FLOWERS, Column.newBuilder().setName("petal").setType(Column.Type.TYPE_NUMBER)));

        assertThat(version.getName()).isEqualTo(tenant.name() + "/datasets/flowers/versions/1");
        assertThat(version.getSizeBytes()).isEqualTo(FLOWERS.length);
        assertThat(version.getRowCount()).isEqualTo(2);
        assertThat(version.getColumnsList())
                .containsExactly(
                        Column.newBuilder()
                                .setName("petal")
                                .setType(Column.Type.TYPE_NUMBER)
                                .addDistinctValues("1.5")
                                .setMin(1.5)
                                .setMax(1.5)
                                .setMissingCount(1)
                                .build(),
                        Column.newBuilder()
                                .setName("species")
                                .setType(Column.Type.TYPE_TEXT)
                                .addDistinctValues("setosa")
                                .addDistinctValues("virginica")
                                .build());
        assertThat(getVersion(tenant, version.getName())).isEqualTo(version);
    }

    @Test
    void profilesTheDigitsThatTheRepositoryShips() throws IOException {
        byte[] digits = Files.readAllBytes(Path.of("../examples/digits/digits.csv"));
        createDataset("flowers");
        tenant.upload(digits);

        DatasetVersion version = tenant.datasets().createDatasetVersion(version(digits));

        assertThat(version.getRowCount()).isEqualTo(1_797);
        assertThat(version.getColumnsList())
                .hasSize(65)
                .allMatch(column -> column.getType() == Column.Type.TYPE_NUMBER);
        assertThat(version.getColumnsList())
                .anySatisfy(column -> assertThat(column.getDistinctValuesList())
                        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
    }

    @Test
    void namesLineAndColumnOfWrongCells() {
        createDataset("flowers");
        byte[] wrong = "petal,species\n1.5,setosa\nlong,virginica\n".getBytes(StandardCharsets.UTF_8);
        tenant.upload(wrong);

        Refusals refusal = Refusals.of(() -> tenant.datasets()
                .createDatasetVersion(
                        version(wrong, Column.newBuilder().setName("petal").setType(Column.Type.TYPE_NUMBER))));

        refusal.isInvalid("dataset_version.sha256");
        assertThat(refusal.fields().getFirst().getDescription())
                .isEqualTo("line 3, column \"petal\": \"long\" (expected: a finite decimal number)");
    }

    @Test
    void manyLongFaultsStillArrive() {
        createDataset("flowers");
        byte[] wrong =
                ("petal,species\n" + ("\u00e9".repeat(300) + ",setosa\n").repeat(50)).getBytes(StandardCharsets.UTF_8);
        tenant.upload(wrong);

        Refusals refusal = Refusals.of(() -> tenant.datasets()
                .createDatasetVersion(
                        version(wrong, Column.newBuilder().setName("petal").setType(Column.Type.TYPE_NUMBER))));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields().getFirst().getDescription()).startsWith("line 2, column \"petal\": ");
        assertThat(refusal.fields().getLast().getDescription()).matches("and \\d+ more");
    }

    @Test
    void refusesWhatCannotBeRead() {
        createDataset("flowers");

        Refusals missing = Refusals.of(() -> tenant.datasets().createDatasetVersion(version(FLOWERS)));
        missing.is(Status.Code.FAILED_PRECONDITION, "ARTIFACT_MISSING");
        tenant.upload(FLOWERS);
        Refusals.of(() -> tenant.datasets()
                        .createDatasetVersion(
                                version(FLOWERS, Column.newBuilder().setName("leaf"))))
                .isInvalid("dataset_version.columns[0].name");
        Refusals.of(() -> tenant.datasets()
                        .createDatasetVersion(version(
                                FLOWERS, Column.newBuilder().setName("petal").setTypeValue(9))))
                .isInvalid("dataset_version.columns[0].type");
        Refusals.of(() -> tenant.datasets()
                        .createDatasetVersion(version(FLOWERS).toBuilder()
                                .setDatasetVersion(DatasetVersion.newBuilder().setSha256("x"))
                                .build()))
                .isInvalid("dataset_version.sha256");
        Refusals.of(() -> tenant.datasets()
                        .createDatasetVersion(version(FLOWERS).toBuilder()
                                .setParent(tenant.name() + "/datasets/nothing")
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void listsVersionsNewestFirst() {
        createDataset("flowers");
        tenant.upload(FLOWERS);
        CreateDatasetVersionRequest request =
                version(FLOWERS).toBuilder().setRequestId("once").build();
        DatasetVersion first = tenant.datasets().createDatasetVersion(request);
        assertThat(tenant.datasets().createDatasetVersion(request)).isEqualTo(first);
        DatasetVersion second = tenant.datasets().createDatasetVersion(version(FLOWERS));
        ListDatasetVersionsRequest list = ListDatasetVersionsRequest.newBuilder()
                .setParent(tenant.name() + "/datasets/flowers")
                .setPageSize(1)
                .build();

        ListDatasetVersionsResponse page = tenant.datasets().listDatasetVersions(list);
        ListDatasetVersionsResponse rest = tenant.datasets()
                .listDatasetVersions(
                        list.toBuilder().setPageToken(page.getNextPageToken()).build());

        assertThat(page.getDatasetVersionsList()).containsExactly(second);
        assertThat(rest.getDatasetVersionsList()).containsExactly(first);
        assertThat(rest.getNextPageToken()).isEmpty();
    }

    @Test
    void workersReadTheVersionTheyTrainOnAndNothingElse() {
        createDataset("flowers");
        tenant.upload(FLOWERS);
        DatasetVersion version = tenant.datasets().createDatasetVersion(version(FLOWERS));
        RegistryTenant worker = tenant.as(callers.as(
                new Caller(tenant.name() + "/trainingJobs/j", Optional.of(tenant.id()), Set.of(Role.WORKER))));

        assertThat(getVersion(worker, version.getName())).isEqualTo(version);
        Refusals.of(() -> worker.datasets()
                        .getDataset(GetDatasetRequest.newBuilder()
                                .setName(tenant.name() + "/datasets/flowers")
                                .build()))
                .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
        RegistryTenant intruder =
                tenant.as(callers.tenant(RegistryTenant.fresh(callers).id()));
        Refusals.of(() -> getVersion(intruder, version.getName())).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> getVersion(tenant, tenant.name() + "/datasets/flowers/versions/2"))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    private static DatasetVersion getVersion(RegistryTenant caller, String name) {
        return caller.datasets()
                .getDatasetVersion(
                        GetDatasetVersionRequest.newBuilder().setName(name).build());
    }

    private Dataset createDataset(String datasetId) {
        return tenant.datasets()
                .createDataset(CreateDatasetRequest.newBuilder()
                        .setParent(tenant.name())
                        .setDatasetId(datasetId)
                        .setDataset(Dataset.newBuilder().setDisplayName("Name of " + datasetId))
                        .build());
    }

    private CreateDatasetVersionRequest version(byte[] file, Column.Builder... columns) {
        return CreateDatasetVersionRequest.newBuilder()
                .setParent(tenant.name() + "/datasets/flowers")
                .setDatasetVersion(DatasetVersion.newBuilder()
                        .setSha256(RegistryTenant.sha256(file))
                        .addAllColumns(List.of(columns).stream()
                                .map(Column.Builder::build)
                                .toList()))
                .build();
    }
}
