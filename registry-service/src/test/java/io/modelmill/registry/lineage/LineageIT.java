package io.modelmill.registry.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.GetLineageRequest;
import io.modelmill.proto.registry.v1.GetLineageRequest.Direction;
import io.modelmill.proto.registry.v1.Lineage;
import io.modelmill.proto.registry.v1.LineageGraph;
import io.modelmill.proto.registry.v1.LineageServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RegistryIntegrationTest
class LineageIT {
    private TestCallers callers;
    private RegistryTenant tenant;

    /** Rows 1 were trained on by jobs a and b; of a's version two others were derived, of one of these one more. */
    @BeforeEach
    void makeVersions() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.createModel("digits");
        create(name("datasets/rows/versions/1"), name("trainingJobs/a"), "");
        create(name("datasets/rows/versions/1"), name("trainingJobs/b"), "");
        create("", "", version(1));
        create(name("datasets/rows/versions/2"), "", version(1));
        create("", "", version(3));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void walksDownFromRowsToWhatWasDerived() {
        LineageGraph graph = walk("datasets/rows/versions/1", Direction.DIRECTION_DOWNSTREAM, 0);

        assertThat(resources(graph))
                .containsExactlyInAnyOrder(
                        "0 datasets/rows/versions/1",
                        "1 trainingJobs/a",
                        "1 trainingJobs/b",
                        "2 models/digits/versions/1",
                        "2 models/digits/versions/2",
                        "3 models/digits/versions/3",
                        "3 models/digits/versions/4",
                        "4 models/digits/versions/5");
        assertThat(links(graph))
                .containsExactlyInAnyOrder(
                        "datasets/rows/versions/1 > trainingJobs/a",
                        "datasets/rows/versions/1 > trainingJobs/b",
                        "trainingJobs/a > models/digits/versions/1",
                        "trainingJobs/b > models/digits/versions/2",
                        "models/digits/versions/1 > models/digits/versions/3",
                        "models/digits/versions/1 > models/digits/versions/4",
                        "models/digits/versions/3 > models/digits/versions/5");
        assertThat(graph.getTruncated()).isFalse();
    }

    @Test
    void walksUpFromTheLastToItsRows() {
        LineageGraph graph = walk("models/digits/versions/5", Direction.DIRECTION_UPSTREAM, 0);

        assertThat(resources(graph))
                .containsExactly(
                        "0 models/digits/versions/5",
                        "1 models/digits/versions/3",
                        "2 models/digits/versions/1",
                        "3 trainingJobs/a",
                        "4 datasets/rows/versions/1");
        assertThat(resources(walk("models/digits/versions/4", Direction.DIRECTION_UPSTREAM, 1)))
                .containsExactlyInAnyOrder(
                        "0 models/digits/versions/4", "1 models/digits/versions/1", "1 datasets/rows/versions/2");
    }

    @Test
    void bothWaysLeaveOutTheRestOfTheFamily() {
        assertThat(resources(walk("trainingJobs/a", Direction.DIRECTION_UNSPECIFIED, 2)))
                .containsExactlyInAnyOrder(
                        "0 trainingJobs/a",
                        "1 datasets/rows/versions/1",
                        "1 models/digits/versions/1",
                        "2 models/digits/versions/3",
                        "2 models/digits/versions/4");
    }

    @Test
    void saysWhenThereIsMoreFurtherAway() {
        LineageGraph cut = walk("models/digits/versions/1", Direction.DIRECTION_DOWNSTREAM, 1);
        assertThat(resources(cut)).hasSize(3);
        assertThat(cut.getTruncated()).isTrue();
        assertThat(walk("models/digits/versions/1", Direction.DIRECTION_DOWNSTREAM, 2)
                        .getTruncated())
                .isFalse();
    }

    @Test
    void whatNoVersionNamesHasNoLinks() {
        LineageGraph graph = walk("datasets/rows/versions/7", Direction.DIRECTION_UNSPECIFIED, 0);

        assertThat(resources(graph)).containsExactly("0 datasets/rows/versions/7");
        assertThat(graph.getLinksCount()).isZero();
    }

    @Test
    void isTheOwnersAlone() {
        RegistryTenant stranger = RegistryTenant.fresh(callers);

        Refusals.of(() -> LineageServiceGrpc.newBlockingStub(callers.tenant(stranger.id()))
                        .getLineage(GetLineageRequest.newBuilder()
                                .setName(version(1))
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "models/digits", "models/digits/versions/0", "datasets/rows", "artifacts/a", "trainingJobs/"
            })
    void refusesOtherNames(String name) {
        Refusals.of(() -> walk(name, Direction.DIRECTION_UNSPECIFIED, 0)).isInvalid("name");
    }

    @Test
    void refusesOtherNumbersOfSteps() {
        Refusals.of(() -> walk("trainingJobs/a", Direction.DIRECTION_UNSPECIFIED, -1))
                .isInvalid("max_steps");
        Refusals.of(() -> walk("trainingJobs/a", Direction.DIRECTION_UNSPECIFIED, 51))
                .isInvalid("max_steps");
        Refusals.of(() -> LineageServiceGrpc.newBlockingStub(callers.tenant(tenant.id()))
                        .getLineage(GetLineageRequest.newBuilder()
                                .setName(name("trainingJobs/a"))
                                .setDirectionValue(7)
                                .build()))
                .isInvalid("direction");
    }

    private void create(String dataset, String job, String parent) {
        CreateModelVersionRequest.Builder request = tenant.version("digits", OnnxModels.classifier(4, 1));
        request.getModelVersionBuilder()
                .setLineage(Lineage.newBuilder()
                        .setDatasetVersion(dataset)
                        .setTrainingJob(job)
                        .setParentVersion(parent));
        // Jobs are named by services alone.
        ModelVersion _ = tenant.as(callers.service("training-service")).models().createModelVersion(request.build());
    }

    private LineageGraph walk(String name, Direction direction, int steps) {
        return LineageServiceGrpc.newBlockingStub(callers.tenant(tenant.id()))
                .getLineage(GetLineageRequest.newBuilder()
                        .setName(name(name))
                        .setDirection(direction)
                        .setMaxSteps(steps)
                        .build());
    }

    private List<String> resources(LineageGraph graph) {
        return graph.getResourcesList().stream()
                .map(resource -> resource.getSteps() + " " + shorten(resource.getName()))
                .toList();
    }

    private List<String> links(LineageGraph graph) {
        return graph.getLinksList().stream()
                .map(link -> shorten(link.getSource()) + " > " + shorten(link.getTarget()))
                .toList();
    }

    private String shorten(String name) {
        return name.substring(tenant.name().length() + 1);
    }

    private String version(int number) {
        return name("models/digits/versions/" + number);
    }

    private String name(String relative) {
        return tenant.name() + "/" + relative;
    }
}
