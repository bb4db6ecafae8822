package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.gateway.fixture.RestClient.Answer;
import io.modelmill.proto.registry.v1.ArchiveModelVersionRequest;
import io.modelmill.proto.registry.v1.DeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.GetLineageRequest;
import io.modelmill.proto.registry.v1.LineageGraph;
import io.modelmill.proto.registry.v1.LineageServiceGrpc;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsResponse;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.RestoreModelVersionRequest;
import io.modelmill.proto.registry.v1.RevokeModelVersionRequest;
import io.modelmill.proto.registry.v1.UndeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.UpdateModelVersionRequest;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is done to versions, as JSON. */
@GatewayIntegrationTest
class VersionRoutesIT {
    private static final String NAME = "tenants/t/models/m/versions/2";
    private static final String PATH = "/v1/" + NAME;

    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private final AtomicReference<Object> seen = new AtomicReference<>();
    private RestClient rest;

    @BeforeEach
    void connect() {
        try (GatewayCallers callers = GatewayCallers.connect()) {
            rest = RestClient.withKey(callers.newKey(callers.newTenant()).getSecret());
        }
        fleet.registry().serve(new Versions(seen));
        fleet.registry().serve(new Walks(seen));
    }

    @AfterEach
    void disconnect() {
        fleet.registry().clear();
    }

    @Test
    void takesTheBodyForTheRequest() {
        Answer archived = rest.send("POST", PATH + ":archive", "{'reason':'old','etag':'7'}");
        assertThat(archived.status()).as(archived.text()).isEqualTo(200);
        assertThat(archived.json().get("state").asText()).isEqualTo("STATE_ARCHIVED");
        assertThat(seen.get())
                .isEqualTo(ArchiveModelVersionRequest.newBuilder()
                        .setName(NAME)
                        .setReason("old")
                        .setEtag("7")
                        .build());

        assertThat(rest.send("POST", PATH + ":revoke", "{'reason':'wrong'}").status())
                .isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(RevokeModelVersionRequest.newBuilder()
                        .setName(NAME)
                        .setReason("wrong")
                        .build());
    }

    @Test
    void needsNoBody() {
        assertThat(rest.send("POST", PATH + ":restore", "").status()).isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(RestoreModelVersionRequest.newBuilder().setName(NAME).build());

        assertThat(rest.send("POST", PATH + ":undelete", "{}").status()).isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(
                        UndeleteModelVersionRequest.newBuilder().setName(NAME).build());

        assertThat(rest.delete(PATH + "?etag=7").status()).isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(DeleteModelVersionRequest.newBuilder()
                        .setName(NAME)
                        .setEtag("7")
                        .build());

        assertThat(rest.get("/v1/tenants/t/models/m/versions?show_deleted=true").status())
                .isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(ListModelVersionsRequest.newBuilder()
                        .setParent("tenants/t/models/m")
                        .setShowDeleted(true)
                        .build());
    }

    @Test
    void changesWhatIsSaidOfVersionsAndFindsThemByIt() {
        assertThat(rest.send("PATCH", PATH + "?update_mask=task,tags", "{'task':'a','tags':{'b':'c'},'etag':'7'}")
                        .status())
                .isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(UpdateModelVersionRequest.newBuilder()
                        .setModelVersion(ModelVersion.newBuilder()
                                .setName(NAME)
                                .setTask("a")
                                .putTags("b", "c")
                                .setEtag("7"))
                        .setUpdateMask(FieldMask.newBuilder().addPaths("task").addPaths("tags"))
                        .build());

        assertThat(rest.get("/v1/tenants/t/models/-/versions?filter=task%20%3D%20a&order_by=metrics.b%20desc")
                        .status())
                .isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(ListModelVersionsRequest.newBuilder()
                        .setParent("tenants/t/models/-")
                        .setFilter("task = a")
                        .setOrderBy("metrics.b desc")
                        .build());
    }

    @Test
    void walksLineageFromWhateverHasOne() {
        for (String start : List.of(NAME, "tenants/t/datasets/d/versions/1", "tenants/t/trainingJobs/j")) {
            assertThat(rest.get("/v1/" + start + ":lineage?direction=DIRECTION_UPSTREAM&max_steps=3")
                            .status())
                    .isEqualTo(200);
            assertThat(seen.get())
                    .isEqualTo(GetLineageRequest.newBuilder()
                            .setName(start)
                            .setDirection(GetLineageRequest.Direction.DIRECTION_UPSTREAM)
                            .setMaxSteps(3)
                            .build());
        }
    }

    @Test
    void letsNoBodyNameAnotherVersion() {
        assertThat(rest.send("POST", PATH + ":revoke", "{'name':'tenants/t/models/m/versions/1','reason':'wrong'}")
                        .status())
                .isEqualTo(200);
        assertThat(((RevokeModelVersionRequest) seen.get()).getName()).isEqualTo(NAME);
    }

    @Test
    void saysWhatIsWrongWithABody() {
        Answer answer = rest.send("POST", PATH + ":revoke", "{'why':'wrong'}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("error").get("message").asText()).contains("body: ", "why");
    }

    private static final class Walks extends LineageServiceGrpc.LineageServiceImplBase {
        private final AtomicReference<Object> seen;

        Walks(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void getLineage(GetLineageRequest request, StreamObserver<LineageGraph> response) {
            seen.set(request);
            response.onNext(LineageGraph.getDefaultInstance());
            response.onCompleted();
        }
    }

    private static final class Versions extends ModelServiceGrpc.ModelServiceImplBase {
        private final AtomicReference<Object> seen;

        Versions(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void archiveModelVersion(ArchiveModelVersionRequest request, StreamObserver<ModelVersion> response) {
            answer(
                    request,
                    ModelVersion.newBuilder()
                            .setName(request.getName())
                            .setState(ModelVersion.State.STATE_ARCHIVED)
                            .build(),
                    response);
        }

        @Override
        public void updateModelVersion(UpdateModelVersionRequest request, StreamObserver<ModelVersion> response) {
            answer(request, ModelVersion.getDefaultInstance(), response);
        }

        @Override
        public void restoreModelVersion(RestoreModelVersionRequest request, StreamObserver<ModelVersion> response) {
            answer(request, ModelVersion.getDefaultInstance(), response);
        }

        @Override
        public void revokeModelVersion(RevokeModelVersionRequest request, StreamObserver<ModelVersion> response) {
            answer(request, ModelVersion.getDefaultInstance(), response);
        }

        @Override
        public void deleteModelVersion(DeleteModelVersionRequest request, StreamObserver<ModelVersion> response) {
            answer(request, ModelVersion.getDefaultInstance(), response);
        }

        @Override
        public void undeleteModelVersion(UndeleteModelVersionRequest request, StreamObserver<ModelVersion> response) {
            answer(request, ModelVersion.getDefaultInstance(), response);
        }

        @Override
        public void listModelVersions(
                ListModelVersionsRequest request, StreamObserver<ListModelVersionsResponse> response) {
            answer(request, ListModelVersionsResponse.getDefaultInstance(), response);
        }

        private <A> void answer(Object request, A answer, StreamObserver<A> response) {
            seen.set(request);
            response.onNext(answer);
            response.onCompleted();
        }
    }
}
