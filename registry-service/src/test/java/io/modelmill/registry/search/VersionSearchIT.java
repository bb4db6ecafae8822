package io.modelmill.registry.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.Lineage;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsResponse;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RegistryIntegrationTest
class VersionSearchIT {
    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void makeVersions() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.createModel("digits");
        tenant.createModel("prices");
        // None is uploaded, so that all of them stay PENDING_UPLOAD.
        create(
                "digits",
                version -> version.setTask("image-classification")
                        .putMetrics("test_accuracy", 0.97)
                        .putTags("team", "vision")
                        .putTags("stage", "test")
                        .addClassLabels("zero"));
        create(
                "digits",
                version -> version.setTask("image-classification")
                        .putMetrics("test_accuracy", 0.99)
                        .putTags("team", "vision_2")
                        .setLineage(Lineage.newBuilder()
                                .setDatasetVersion(tenant.name() + "/datasets/mnist/versions/3")
                                .setParentVersion(tenant.name() + "/models/digits/versions/1")));
        create("prices", version -> version.setTask("tabular-regression").putMetrics("test_rmse", 3.5));
        create("prices", version -> version);
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                                                          | prices/2 prices/1 digits/2 digits/1
        task = image-classification                       | digits/2 digits/1
        task != image-classification                      | prices/2 prices/1
        task = *regression                                | prices/1
        task = *                                          | prices/2 prices/1 digits/2 digits/1
        task = "*-*"                                      | prices/1 digits/2 digits/1
        task = ""                                         | prices/2
        model = pri*                                      | prices/2 prices/1
        number = 2                                        | prices/2 digits/2
        number > 1 AND model != prices                    | digits/2
        metrics.test_accuracy > 0.97                      | digits/2
        metrics.test_accuracy >= 0.97                     | digits/2 digits/1
        metrics.test_accuracy != 0.97                     | prices/2 prices/1 digits/2
        metrics.test_accuracy > -1e9 OR metrics.test_rmse < 4 | prices/1 digits/2 digits/1
        metrics:test_rmse                                 | prices/1
        metrics.test_rmse:*                               | prices/1
        tags.team = vision                                | digits/1
        tags.team = vision*                               | digits/2 digits/1
        tags.team = vision_*                              | digits/2
        tags.team != vision                               | prices/2 prices/1 digits/2
        tags:stage                                        | digits/1
        NOT tags.stage:*                                  | prices/2 prices/1 digits/2
        -tags:stage AND task = image*                     | digits/2
        class_labels:zero                                 | digits/1
        aliases:production                                |
        dataset_version = */datasets/mnist/*              | digits/2
        parent_version = */models/digits/versions/1       | digits/2
        NOT parent_version = */versions/1                 | prices/2 prices/1 digits/1
        training_job = ""                                 | prices/2 prices/1 digits/2 digits/1
        state = PENDING_UPLOAD                            | prices/2 prices/1 digits/2 digits/1
        state = STATE_PENDING_UPLOAD AND number = 1       | prices/1 digits/1
        state != PENDING_UPLOAD                           |
        size_bytes > 0                                    |
        NOT size_bytes > 0                                | prices/2 prices/1 digits/2 digits/1
        create_time > "2026-01-01T00:00:00Z"              | prices/2 prices/1 digits/2 digits/1
        update_time < "2026-01-01T00:00:00+02:00"         |
        tags.team = "'); DROP TABLE model; --"            |
        """)
    void filtersWhatAllModelsHave(String filter, String expected) {
        assertThat(names(list(request -> request.setFilter(filter == null ? "" : filter))))
                .isEqualTo(expected == null ? "" : expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        create_time                | digits/1 digits/2 prices/1 prices/2
        create_time desc           | prices/2 prices/1 digits/2 digits/1
        update_time asc            | digits/1 digits/2 prices/1 prices/2
        model                      | digits/1 digits/2 prices/1 prices/2
        model  desc                | prices/2 prices/1 digits/2 digits/1
        metrics.test_accuracy      | digits/1 digits/2
        metrics.test_accuracy desc | digits/2 digits/1
        size_bytes                 | ''
        """)
    void sortsAndGoesOnPageByPage(String orderBy, String expected) {
        assertThat(names(list(request -> request.setOrderBy(orderBy)))).isEqualTo(expected);
        assertThat(names(pages(request -> request.setOrderBy(orderBy).setPageSize(1))))
                .isEqualTo(expected);
    }

    @Test
    void staysWithinOneModelIfOneIsNamed() {
        assertThat(names(list(request ->
                        request.setParent(tenant.name() + "/models/digits").setFilter("task != nothing"))))
                .isEqualTo("digits/2 digits/1");
    }

    @Test
    void seesNothingOfOthers() {
        RegistryTenant stranger = RegistryTenant.fresh(callers);

        assertThat(names(stranger.models()
                        .listModelVersions(ListModelVersionsRequest.newBuilder()
                                .setParent(stranger.name() + "/models/-")
                                .build())
                        .getModelVersionsList()))
                .isEmpty();
        Refusals.of(() -> stranger.models()
                        .listModelVersions(ListModelVersionsRequest.newBuilder()
                                .setParent(tenant.name() + "/models/-")
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        colour = red              | "colour" (expected: one of the fields state
        tag.team = a              | "tag.team" (expected: one of the fields state
        state = DONE              | "state = "DONE"" (expected: one of [PENDING_UPLOAD
        state > READY             | = or != as the comparator
        task < a                  | = or != as the comparator
        number = one              | "number = "one"" (expected: a number)
        metrics.a = NaN           | a finite number
        metrics.a : 3             | * as the value of :
        tags.a : b                | * as the value of :
        number : 1                | one of <= >= != < > = as the comparator
        tags = a                  | : as the comparator
        class_labels = a          | : as the comparator
        create_time > yesterday   | a time in RFC 3339
        task =                    | a value, at character 7
        """)
    void saysWhichPartOfAFilterIsWrong(String filter, String expected) {
        Refusals refusal = Refusals.of(() -> list(request -> request.setFilter(filter)));

        refusal.isInvalid("filter");
        assertThat(refusal.message()).contains(expected);
    }

    @ParameterizedTest
    @CsvSource({"colour", "metrics", "metrics.A", "create_time down", "'create_time, model'", "number"})
    void refusesOrdersThatItDoesNotKnow(String orderBy) {
        Refusals.of(() -> list(request -> request.setOrderBy(orderBy))).isInvalid("order_by");
    }

    @Test
    void refusesTheTokenOfAnotherSearch() {
        String token = request(request -> request.setPageSize(1)).getNextPageToken();

        Refusals.of(() -> list(request -> request.setPageToken(token).setFilter("number = 1")))
                .isInvalid("page_token");
        Refusals.of(() -> list(request -> request.setPageToken(token).setOrderBy("model")))
                .isInvalid("page_token");
        Refusals.of(() -> list(request -> request.setPageToken("bm9uZQ"))).isInvalid("page_token");
    }

    private void create(String model, UnaryOperator<ModelVersion.Builder> edit) {
        CreateModelVersionRequest.Builder request = tenant.version(model, OnnxModels.classifier(4, 1));
        var _ = edit.apply(request.getModelVersionBuilder());
        ModelVersion _ = tenant.models().createModelVersion(request.build());
    }

    private List<ModelVersion> pages(UnaryOperator<ListModelVersionsRequest.Builder> edit) {
        List<ModelVersion> all = new ArrayList<>();
        String token = "";
        do {
            String next = token;
            ListModelVersionsResponse page =
                    request(request -> edit.apply(request).setPageToken(next));
            assertThat(page.getModelVersionsCount()).isLessThanOrEqualTo(1);
            all.addAll(page.getModelVersionsList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return all;
    }

    private List<ModelVersion> list(UnaryOperator<ListModelVersionsRequest.Builder> edit) {
        return request(edit).getModelVersionsList();
    }

    private ListModelVersionsResponse request(UnaryOperator<ListModelVersionsRequest.Builder> edit) {
        return tenant.models()
                .listModelVersions(
                        edit.apply(ListModelVersionsRequest.newBuilder().setParent(tenant.name() + "/models/-"))
                                .build());
    }

    private static String names(List<ModelVersion> versions) {
        return String.join(
                " ",
                versions.stream()
                        .map(version ->
                                version.getName().replaceAll(".*/models/", "").replace("/versions", ""))
                        .toList());
    }
}
