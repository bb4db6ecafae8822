package io.modelmill.registry.version;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import io.grpc.Status;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.UpdateModelVersionRequest;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class VersionMetadataIT {
    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void makeModel() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.createModel("digits");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void isThereFromTheBeginningAndChangesWithoutTheModel() {
        ModelVersion made = create(version -> version.setTask("image-classification")
                .putTags("team", "vision")
                .setCard("# Digits"));
        assertThat(tenant.get(made.getName()).getCard()).isEqualTo("# Digits");
        long revision = tenant.model("digits").getRevision();

        ModelVersion tagged = update(
                ModelVersion.newBuilder()
                        .setName(made.getName())
                        .setEtag(made.getEtag())
                        .putTags("stage", "test"),
                "tags");

        assertThat(tagged.getTagsMap()).isEqualTo(Map.of("stage", "test"));
        assertThat(tagged.getTask()).isEqualTo("image-classification");
        assertThat(tagged.getCard()).isEqualTo("# Digits");
        assertThat(tagged.getEtag()).isNotEqualTo(made.getEtag());
        assertThat(tenant.get(made.getName())).isEqualTo(tagged);
        assertThat(tenant.model("digits").getRevision()).isEqualTo(revision);
    }

    @Test
    void changesWhatIsSetWithoutAMask() {
        ModelVersion made =
                create(version -> version.setTask("a").putTags("b", "c").setCard("d"));

        ModelVersion changed =
                update(ModelVersion.newBuilder().setName(made.getName()).setCard("e"));

        assertThat(changed.getTask()).isEqualTo("a");
        assertThat(changed.getTagsMap()).isEqualTo(Map.of("b", "c"));
        assertThat(changed.getCard()).isEqualTo("e");
        ModelVersion emptied = update(ModelVersion.newBuilder().setName(made.getName()), "*");
        assertThat(emptied.getTask()).isEmpty();
        assertThat(emptied.getTagsMap()).isEmpty();
        assertThat(emptied.getCard()).isEmpty();
    }

    @Test
    void listsLeaveTheCardOut() {
        ModelVersion made = create(version -> version.setCard("long"));

        List<ModelVersion> listed = tenant.models()
                .listModelVersions(ListModelVersionsRequest.newBuilder()
                        .setParent(tenant.name() + "/models/digits")
                        .build())
                .getModelVersionsList();

        assertThat(listed).containsExactly(made.toBuilder().clearCard().build());
    }

    @Test
    void refusesAnEtagOfBefore() {
        ModelVersion made = create(version -> version);
        update(ModelVersion.newBuilder().setName(made.getName()).setTask("a"));

        Refusals.of(() -> update(ModelVersion.newBuilder()
                        .setName(made.getName())
                        .setEtag(made.getEtag())
                        .setTask("b")))
                .is(Status.Code.ABORTED, "STALE_ETAG");
    }

    @Test
    void refusesWhatCannotBeSaid() {
        String name = create(version -> version).getName();

        Refusals.of(() -> update(ModelVersion.newBuilder()
                        .setName(name)
                        .setTask("Image Classification")
                        .putTags("Team", "a")
                        .putTags("b", "x".repeat(201))
                        .setCard("y".repeat(100_001))))
                .isInvalid("model_version.task", "model_version.tags", "model_version.tags[b]", "model_version.card");
        Refusals.of(() -> update(ModelVersion.newBuilder().setName(name).setTask("a"), "task", "metrics"))
                .isInvalid("update_mask.paths[1]");
        Refusals.of(() -> update(ModelVersion.newBuilder().setName(name))).isInvalid("update_mask");
        ModelVersion.Builder crowded = ModelVersion.newBuilder().setName(name);
        for (int tag = 0; tag < 51; tag++) {
            crowded.putTags("t" + tag, "");
        }
        Refusals.of(() -> update(crowded)).isInvalid("model_version.tags");
        Refusals.of(() -> create(version -> version.setTask("B"))).isInvalid("model_version.task");
    }

    @Test
    void isTheOwnersAlone() {
        ModelVersion made = create(version -> version);
        RegistryTenant stranger = RegistryTenant.fresh(callers);

        Refusals.of(() -> stranger.models()
                        .updateModelVersion(UpdateModelVersionRequest.newBuilder()
                                .setModelVersion(ModelVersion.newBuilder()
                                        .setName(made.getName())
                                        .setTask("a"))
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void sizeIsThatOfAllFilesOnceTheyAreValidated() {
        byte[] graph = OnnxModels.classifier(4, 3);

        assertThat(tenant.publish("digits", graph).getSizeBytes()).isEqualTo(graph.length);
    }

    private ModelVersion create(UnaryOperator<ModelVersion.Builder> edit) {
        CreateModelVersionRequest.Builder request = tenant.version("digits", OnnxModels.classifier(4, 1));
        var _ = edit.apply(request.getModelVersionBuilder());
        return tenant.models().createModelVersion(request.build());
    }

    private ModelVersion update(ModelVersion.Builder version, String... mask) {
        return tenant.models()
                .updateModelVersion(UpdateModelVersionRequest.newBuilder()
                        .setModelVersion(version)
                        .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(mask)))
                        .build());
    }
}
