package io.modelmill.registry.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Status;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.ListServingStatesRequest;
import io.modelmill.proto.registry.v1.ListServingStatesResponse;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import io.modelmill.proto.registry.v1.UpdateModelRequest;
import io.modelmill.proto.registry.v1.Visibility;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TopicReader;
import io.modelmill.servicekit.fixture.TestCallers;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class ServingStateIT {
    @Inject
    Config config;

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
    void everyChangeIsAnEventWithTheWholeStateAndARisingRevision() throws InvalidProtocolBufferException {
        Model model = tenant.createModel("digits");
        byte[] graph = OnnxModels.classifier(4, 2);
        tenant.upload(graph);
        CreateModelVersionRequest.Builder request =
                tenant.version("digits", graph).addAliases("canary");
        request.getModelVersionBuilder().addAllClassLabels(List.of("no", "yes"));
        ModelVersion version = tenant.validated(tenant.models().createModelVersion(request.build()));
        tenant.models()
                .updateModel(UpdateModelRequest.newBuilder()
                        .setModel(model.toBuilder()
                                .setVisibility(Visibility.VISIBILITY_SHARED)
                                .addSharedWith("tenants/friend"))
                        .setUpdateMask(
                                FieldMask.newBuilder().addPaths("visibility").addPaths("shared_with"))
                        .build());

        List<ConsumerRecord<String, byte[]>> events;
        try (TopicReader reader = new TopicReader(
                config.getValue("kafka.bootstrap.servers", String.class), "modelmill.model-versions.v1")) {
            events = reader.read(model.getName(), seen -> seen.size() == 4);
        }

        assertThat(events).extracting(ConsumerRecord::key).containsOnly(model.getName());
        List<ServingState> states = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> event : events) {
            states.add(ModelVersionsEvent.parseFrom(event.value()).getServingState());
            assertThat(TopicReader.header(event, "ce_type")).isEqualTo("modelmill.model-versions.v1");
            assertThat(TopicReader.header(event, "ce_subject")).isEqualTo(model.getName());
            assertThat(TopicReader.header(event, "traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]");
        }
        assertThat(states)
                .extracting(ServingState::getRevision)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 4).boxed().toList());
        ServingState last = states.getLast();
        assertThat(last.getModel()).isEqualTo(model.getName());
        assertThat(last.getVisibility()).isEqualTo(Visibility.VISIBILITY_SHARED);
        assertThat(last.getSharedWithList()).containsExactly("tenants/friend");
        assertThat(last.getAliasesMap())
                .containsOnlyKeys("production", "canary")
                .containsValue(1L);
        assertThat(last.getVersionsList()).singleElement().satisfies(served -> {
            assertThat(served.getNumber()).isEqualTo(1);
            assertThat(served.getFilesList()).isEqualTo(version.getFilesList());
            assertThat(served.getFiles(0).getSizeBytes()).isEqualTo(graph.length);
            assertThat(served.getSignature()).isEqualTo(version.getSignature());
            assertThat(served.getClassLabelsList()).containsExactly("no", "yes");
        });
        // The version's validation belongs to the trace of the call that made it.
        assertThat(traceOf(events.get(2))).isEqualTo(traceOf(events.get(1)));
        assertThat(listed(model.getName())).isEqualTo(last);
    }

    @Test
    void servesReadyVersionsAlone() {
        Model model = tenant.createModel("digits");
        tenant.publish("digits", new byte[] {1});
        tenant.models()
                .createModelVersion(
                        tenant.version("digits", OnnxModels.classifier(9, 9)).build());

        assertThat(listed(model.getName()).getVersionsList()).isEmpty();
    }

    @Test
    void listsStatesOfAllTenantsInPages() {
        RegistryTenant other = RegistryTenant.fresh(callers);
        String first = tenant.createModel("a").getName();
        String second = other.createModel("b").getName();

        List<String> names = new ArrayList<>();
        String token = "";
        do {
            ListServingStatesResponse page = states(token, 1);
            assertThat(page.getServingStatesCount()).isLessThanOrEqualTo(1);
            page.getServingStatesList().forEach(state -> names.add(state.getModel()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());

        assertThat(names).contains(first, second).doesNotHaveDuplicates();
    }

    @Test
    void onlyServicesListStates() {
        ServingStateServiceGrpc.ServingStateServiceBlockingStub asTenant =
                ServingStateServiceGrpc.newBlockingStub(callers.tenant(tenant.id()));

        Refusals.of(() -> asTenant.listServingStates(ListServingStatesRequest.getDefaultInstance()))
                .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
        Refusals.of(() -> states("eA", 1)).isInvalid("page_token");
    }

    private static String traceOf(ConsumerRecord<String, byte[]> event) {
        return TopicReader.header(event, "traceparent").substring(0, 35);
    }

    private ServingState listed(String model) {
        String token = "";
        do {
            ListServingStatesResponse page = states(token, 1_000);
            for (ServingState state : page.getServingStatesList()) {
                if (state.getModel().equals(model)) {
                    return state;
                }
            }
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        throw new AssertionError("not listed: " + model);
    }

    private ListServingStatesResponse states(String token, int size) {
        return ServingStateServiceGrpc.newBlockingStub(callers.service("inference-service"))
                .listServingStates(ListServingStatesRequest.newBuilder()
                        .setPageSize(size)
                        .setPageToken(token)
                        .build());
    }
}
