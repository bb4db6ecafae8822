package io.modelmill.registry.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import io.grpc.Status;
import io.modelmill.proto.registry.v1.CreateModelRequest;
import io.modelmill.proto.registry.v1.GetModelRequest;
import io.modelmill.proto.registry.v1.ListModelsRequest;
import io.modelmill.proto.registry.v1.ListModelsResponse;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ServingSpec;
import io.modelmill.proto.registry.v1.UpdateModelRequest;
import io.modelmill.proto.registry.v1.Visibility;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class ModelIT {
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
    void createsAModel() {
        Model asked = Model.newBuilder()
                .setName("ignored")
                .setDisplayName("Digits")
                .setDescription("Reads handwritten digits.")
                .setVisibility(Visibility.VISIBILITY_SHARED)
                .addSharedWith("tenants/friend")
                .setServingSpec(ServingSpec.newBuilder()
                        .setDevice("cpu")
                        .setInstances(2)
                        .setMaxBatchSize(32)
                        .setMemoryHintBytes(1 << 20))
                .build();

        Model made = tenant.models().createModel(create("digits", asked).build());

        assertThat(made.toBuilder().clearCreateTime().clearUpdateTime().build())
                .isEqualTo(asked.toBuilder()
                        .setName(tenant.name() + "/models/digits")
                        .setRevision(1)
                        .setEtag(made.getEtag())
                        .build());
        assertThat(made.getEtag()).isNotEmpty();
        assertThat(tenant.model("digits")).isEqualTo(made);
    }

    @Test
    void modelsArePrivateUnlessSaidOtherwise() {
        assertThat(tenant.createModel("digits").getVisibility()).isEqualTo(Visibility.VISIBILITY_PRIVATE);
    }

    @Test
    void refusesAnIdThatIsTaken() {
        tenant.createModel("digits");

        Refusals refusal = Refusals.of(() -> tenant.createModel("digits"));

        refusal.is(Status.Code.ALREADY_EXISTS, "RESOURCE_EXISTS");
        assertThat(refusal.message()).isEqualTo("model_id: \"digits\" (expected: an id not taken)");
    }

    @Test
    void answersTheSameModelToTheSameRequestId() {
        CreateModelRequest request = create("digits", Model.getDefaultInstance())
                .setRequestId("once")
                .build();
        Model made = tenant.models().createModel(request);

        assertThat(tenant.models().createModel(request)).isEqualTo(made);
        assertThat(tenant.models()
                        .createModel(request.toBuilder().setModelId("other").build()))
                .isEqualTo(made);
        // Another tenant's request ids are its own.
        RegistryTenant other = RegistryTenant.fresh(callers);
        assertThat(other.models()
                        .createModel(request.toBuilder().setParent(other.name()).build())
                        .getName())
                .startsWith(other.name());
    }

    @Test
    void namesAllWrongFieldsAtOnce() {
        Model wrong = Model.newBuilder()
                .setDisplayName("x".repeat(201))
                .setDescription("nul \0 inside")
                .addSharedWith("tenants/friend")
                .setServingSpec(ServingSpec.newBuilder()
                        .setDevice("tpu")
                        .setInstances(-1)
                        .setMaxBatchSize(-1)
                        .setMemoryHintBytes(-1))
                .build();

        Refusals refusal = Refusals.of(
                () -> tenant.models().createModel(create("digits", wrong).build()));

        refusal.isInvalid(
                "model.display_name",
                "model.description",
                "model.shared_with",
                "model.serving_spec.device",
                "model.serving_spec.instances",
                "model.serving_spec.max_batch_size",
                "model.serving_spec.memory_hint_bytes");
        assertThat(refusal.fields().get(3).getDescription()).isEqualTo("\"tpu\" (expected: cpu, cuda or empty)");
    }

    @Test
    void refusesNamesThatAreNone() {
        Refusals.of(() -> tenant.createModel("Digits")).isInvalid("model_id");
        Refusals.of(() -> tenant.createModel("")).isInvalid("model_id");
        Refusals.of(() -> tenant.models()
                        .createModel(create("digits", Model.getDefaultInstance())
                                .setParent("nobody")
                                .build()))
                .isInvalid("parent");
        Refusals.of(() -> tenant.models()
                        .getModel(GetModelRequest.newBuilder().setName("digits").build()))
                .isInvalid("name");
        Refusals.of(() -> tenant.models()
                        .createModel(create("digits", Model.getDefaultInstance())
                                .setRequestId("x".repeat(65))
                                .build()))
                .isInvalid("request_id");
        Model shared = Model.newBuilder()
                .setVisibility(Visibility.VISIBILITY_SHARED)
                .addSharedWith("friend")
                .build();
        Refusals.of(() -> tenant.models().createModel(create("digits", shared).build()))
                .isInvalid("model.shared_with[0]");
        Model unknown = Model.newBuilder().setVisibilityValue(77).build();
        Refusals.of(() -> tenant.models().createModel(create("digits", unknown).build()))
                .isInvalid("model.visibility");
    }

    @Test
    void listsModelsInPagesById() {
        List<String> ids = IntStream.range(0, 5).mapToObj(index -> "m-" + index).toList();
        ids.reversed().forEach(tenant::createModel);
        ListModelsRequest first = ListModelsRequest.newBuilder()
                .setParent(tenant.name())
                .setPageSize(3)
                .build();

        ListModelsResponse page = tenant.models().listModels(first);
        ListModelsResponse rest = tenant.models()
                .listModels(
                        first.toBuilder().setPageToken(page.getNextPageToken()).build());

        assertThat(page.getModelsList())
                .extracting(model -> model.getName().substring(tenant.name().length() + 8))
                .containsExactly("m-0", "m-1", "m-2");
        assertThat(rest.getModelsList())
                .extracting(model -> model.getName().substring(tenant.name().length() + 8))
                .containsExactly("m-3", "m-4");
        assertThat(rest.getNextPageToken()).isEmpty();
        Refusals.of(() -> tenant.models()
                        .listModels(first.toBuilder().setPageSize(-1).build()))
                .isInvalid("page_size");
        Refusals.of(() -> tenant.models()
                        .listModels(first.toBuilder().setPageToken("AA").build()))
                .isInvalid("page_token");
    }

    @Test
    void updatesTheFieldsOfTheMaskAlone() {
        Model made = tenant.models()
                .createModel(create(
                                "digits",
                                Model.newBuilder()
                                        .setDisplayName("old")
                                        .setDescription("kept")
                                        .build())
                        .build());

        Model updated = update(
                made.toBuilder()
                        .setDisplayName("new")
                        .setDescription("not asked for")
                        .build(),
                "display_name");

        assertThat(updated.getDisplayName()).isEqualTo("new");
        assertThat(updated.getDescription()).isEqualTo("kept");
        assertThat(updated.getRevision()).isEqualTo(2);
        assertThat(updated.getEtag()).isNotEqualTo(made.getEtag());
        assertThat(tenant.model("digits")).isEqualTo(updated);
    }

    @Test
    void updatesWhatIsSetWithoutAMask() {
        Model made = tenant.createModel("digits");

        Model updated =
                update(made.toBuilder().clearVisibility().setDescription("new").build());

        assertThat(updated.getDescription()).isEqualTo("new");
        assertThat(update(made.toBuilder().clearEtag().build(), "*").getDescription())
                .isEmpty();
    }

    @Test
    void refusesAStaleEtag() {
        Model made = tenant.createModel("digits");
        Model updated = update(made.toBuilder().setDisplayName("first").build(), "display_name");

        Refusals refusal = Refusals.of(
                () -> update(made.toBuilder().setDisplayName("second").build(), "display_name"));

        refusal.is(Status.Code.ABORTED, "STALE_ETAG");
        assertThat(refusal.message())
                .isEqualTo("etag: \"" + made.getEtag() + "\" (expected: \"" + updated.getEtag() + "\")");
        assertThat(tenant.model("digits")).isEqualTo(updated);
        assertThat(update(made.toBuilder().clearEtag().setDisplayName("third").build(), "display_name")
                        .getDisplayName())
                .isEqualTo("third");
    }

    @Test
    void refusesUpdatesThatCannotBe() {
        Model made = tenant.createModel("digits");

        Refusals.of(() -> update(made, "revision", "display_name", "nonsense"))
                .isInvalid("update_mask.paths[0]", "update_mask.paths[2]");
        Refusals.of(() -> update(Model.newBuilder().setName(made.getName()).build()))
                .isInvalid("update_mask");
        Refusals.of(() ->
                        update(made.toBuilder().setDisplayName("x".repeat(201)).build(), "display_name"))
                .isInvalid("model.display_name");
        Refusals.of(() ->
                        update(made.toBuilder().setName(made.getName() + "-not").build(), "display_name"))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        assertThat(tenant.model("digits")).isEqualTo(made);
    }

    @Test
    void onlyTheOwnerAndServicesSeeAModel() {
        Model made = tenant.createModel("digits");
        RegistryTenant other = RegistryTenant.fresh(callers);

        assertThat(tenant.as(callers.service("inference-service")).model("digits"))
                .isEqualTo(made);
        RegistryTenant intruder = tenant.as(callers.tenant(other.id()));
        Refusals.of(() -> intruder.model("digits")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> intruder.createModel("mine")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> tenant.as(callers.anonymous()).model("digits"))
                .is(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
        RegistryTenant worker = tenant.as(
                callers.as(new Caller("tenants/x/trainingJobs/j", Optional.of(tenant.id()), Set.of(Role.WORKER))));
        Refusals.of(() -> worker.model("digits")).is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
        RegistryTenant administrator =
                tenant.as(callers.as(new Caller("admin", Optional.empty(), Set.of(Role.PLATFORM_ADMIN))));
        Refusals.of(() -> administrator.model("digits")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    private Model update(Model model, String... paths) {
        return tenant.models()
                .updateModel(UpdateModelRequest.newBuilder()
                        .setModel(model)
                        .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)))
                        .build());
    }

    private CreateModelRequest.Builder create(String modelId, Model model) {
        return CreateModelRequest.newBuilder()
                .setParent(tenant.name())
                .setModelId(modelId)
                .setModel(model);
    }
}
