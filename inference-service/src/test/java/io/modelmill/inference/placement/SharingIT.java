package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@RealBroker
class SharingIT {
    @Inject
    FakeRegistry registry;

    @Inject
    ServingServer server;

    private TestCallers callers;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect(server.port());
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void answersTenantsThatTheModelIsSharedWith() {
        published(new TestModel(registry, "publisher", "named").sharedWith("friend"));

        assertThat(tenant("friend").factor("publisher.named", "")).isEqualTo(2f);
        assertThat(tenant("publisher").factor("publisher.named", "")).isEqualTo(2f);
        assertThat(tenant("publisher").factor("named", "")).isEqualTo(2f);
    }

    @Test
    void answersAllTenantsWhereNoneIsNamed() {
        published(new TestModel(registry, "publisher", "open").sharedWith());

        assertThat(tenant("anybody").factor("publisher.open", "1")).isEqualTo(2f);
    }

    @Test
    void saysNotFoundWithoutAGrant() {
        published(new TestModel(registry, "publisher", "secret"));
        published(new TestModel(registry, "publisher", "for-friends").sharedWith("friend"));

        for (String model : new String[] {"publisher.secret", "publisher.for-friends", "publisher.nothing"}) {
            Refusal refusal = InferenceClient.refusal(() -> tenant("stranger").factor(model, ""));

            assertThat(refusal.code()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(refusal.reason()).isEqualTo("RESOURCE_NOT_FOUND");
            assertThat(refusal.message()).isEqualTo("not found: \"" + model + "\"");
        }
    }

    @Test
    void forgetsAGrantThatWasTakenBack() {
        TestModel model = published(new TestModel(registry, "publisher", "lent").sharedWith("friend"));
        assertThat(tenant("friend").factor("publisher.lent", "")).isEqualTo(2f);

        model.sharedWith("another").publish();

        Eventually.until("the grant is gone", () -> !tenant("friend").isReady("publisher.lent", ""));
        assertThat(InferenceClient.refusal(() -> tenant("friend").factor("publisher.lent", ""))
                        .code())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(tenant("another").factor("publisher.lent", "")).isEqualTo(2f);
    }

    @Test
    void letsServicesCallByQualifiedName() {
        published(new TestModel(registry, "publisher", "for-services"));
        InferenceClient service = new InferenceClient(callers.service("gateway"));

        assertThat(service.factor("publisher.for-services", "")).isEqualTo(2f);
        assertThat(InferenceClient.refusal(() -> service.factor("for-services", ""))
                        .code())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    private TestModel published(TestModel model) {
        model.scaling(1, 2).alias("production", 1).publish();
        String qualified = model.name().replace("tenants/", "").replace("/models/", ".");
        Eventually.until(qualified + " is loaded", () -> tenant("publisher").isReady(qualified, ""));
        return model;
    }

    private InferenceClient tenant(String id) {
        return new InferenceClient(callers.tenant(id));
    }
}
