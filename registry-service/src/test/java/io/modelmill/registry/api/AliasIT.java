package io.modelmill.registry.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.DeleteAliasRequest;
import io.modelmill.proto.registry.v1.GetAliasRequest;
import io.modelmill.proto.registry.v1.ListAliasesRequest;
import io.modelmill.proto.registry.v1.ListAliasesResponse;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class AliasIT {
    private TestCallers callers;
    private RegistryTenant tenant;
    private ModelVersion first;

    @BeforeEach
    void publish() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.createModel("digits");
        first = tenant.publish("digits", OnnxModels.classifier(2, 2));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void movesAnAliasAndRaisesTheRevision() {
        ModelVersion second = tenant.publish("digits", OnnxModels.classifier(2, 3));
        Alias production = get("production");
        assertThat(production.getVersion()).isEqualTo(first.getName());
        long before = tenant.model("digits").getRevision();

        Alias moved = update(production.toBuilder().setVersion(second.getName()).build());

        assertThat(moved.getVersion()).isEqualTo(second.getName());
        assertThat(moved.getRevision()).isEqualTo(before + 1);
        assertThat(moved.getEtag()).isNotEqualTo(production.getEtag());
        assertThat(tenant.model("digits").getRevision()).isEqualTo(before + 1);
        assertThat(get("production")).isEqualTo(moved);
    }

    @Test
    void makesAndDeletesAnAlias() {
        Alias canary = update(alias("canary", first.getName()));
        assertThat(get("canary")).isEqualTo(canary);
        long before = tenant.model("digits").getRevision();

        delete("canary");

        assertThat(tenant.model("digits").getRevision()).isEqualTo(before + 1);
        Refusals.of(() -> get("canary")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> delete("canary")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        assertThat(tenant.model("digits").getRevision()).isEqualTo(before + 1);
    }

    @Test
    void listsAliasesInPagesById() {
        update(alias("beta", first.getName()));
        update(alias("alpha", first.getName()));
        ListAliasesRequest request = ListAliasesRequest.newBuilder()
                .setParent(tenant.name() + "/models/digits")
                .setPageSize(2)
                .build();

        ListAliasesResponse page = tenant.models().listAliases(request);
        ListAliasesResponse rest = tenant.models()
                .listAliases(request.toBuilder()
                        .setPageToken(page.getNextPageToken())
                        .build());

        String prefix = tenant.name() + "/models/digits/aliases/";
        assertThat(page.getAliasesList()).extracting(Alias::getName).containsExactly(prefix + "alpha", prefix + "beta");
        assertThat(rest.getAliasesList()).extracting(Alias::getName).containsExactly(prefix + "production");
        Refusals.of(() -> tenant.models()
                        .listAliases(request.toBuilder()
                                .setParent(tenant.name() + "/models/nothing")
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void refusesAStaleEtag() {
        Alias production = get("production");
        update(production);

        Refusals.of(() -> update(production)).is(Status.Code.ABORTED, "STALE_ETAG");
        Refusals.of(() -> update(
                        alias("new", first.getName()).toBuilder().setEtag("7").build()))
                .is(Status.Code.ABORTED, "STALE_ETAG");
    }

    @Test
    void pointsAtReadyVersionsOfItsOwnModelAlone() {
        ModelVersion pending = tenant.models()
                .createModelVersion(
                        tenant.version("digits", OnnxModels.classifier(9, 9)).build());
        Refusals notReady = Refusals.of(() -> update(alias("canary", pending.getName())));
        notReady.is(Status.Code.FAILED_PRECONDITION, "VERSION_NOT_READY");
        assertThat(notReady.message())
                .isEqualTo("alias.version: \"" + pending.getName() + "\" is PENDING_UPLOAD (expected: READY)");
        ModelVersion rejected = tenant.publish("digits", new byte[] {1, 2, 3});
        Refusals.of(() -> update(alias("canary", rejected.getName())))
                .is(Status.Code.FAILED_PRECONDITION, "VERSION_NOT_READY");
        tenant.createModel("other");
        ModelVersion foreign = tenant.publish("other", OnnxModels.classifier(2, 2));
        Refusals.of(() -> update(alias("canary", foreign.getName()))).isInvalid("alias.version");
        Refusals.of(() -> update(alias("canary", tenant.name() + "/models/digits/versions/99")))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> update(alias("canary", "7"))).isInvalid("alias.version");
        Refusals.of(() -> update(alias("7", first.getName()))).isInvalid("alias.name");
        Refusals.of(() -> get("canary")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    private Alias alias(String aliasId, String version) {
        return Alias.newBuilder()
                .setName(tenant.name() + "/models/digits/aliases/" + aliasId)
                .setVersion(version)
                .build();
    }

    private Alias update(Alias alias) {
        return tenant.models()
                .updateAlias(UpdateAliasRequest.newBuilder().setAlias(alias).build());
    }

    private Alias get(String aliasId) {
        return tenant.models()
                .getAlias(GetAliasRequest.newBuilder()
                        .setName(tenant.name() + "/models/digits/aliases/" + aliasId)
                        .build());
    }

    private void delete(String aliasId) {
        tenant.models()
                .deleteAlias(DeleteAliasRequest.newBuilder()
                        .setName(tenant.name() + "/models/digits/aliases/" + aliasId)
                        .build());
    }
}
