package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@RealBroker
class PredictionIT {
    @Inject
    FakeRegistry registry;

    private TestCallers callers;
    private InferenceClient client;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        client = new InferenceClient(callers.tenant("acme"));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void answersWithTheVersionThatTheAliasPointsAt() {
        new TestModel(registry, "acme", "first-slice")
                .scaling(1, 2)
                .alias("production", 1)
                .publish();
        Eventually.until("the model is loaded", () -> client.isReady("first-slice", ""));

        ModelInferResponse response = client.infer(InferenceClient.scalingRequest("first-slice", "").toBuilder()
                .setId("call-1")
                .build());

        assertThat(response.getModelName()).isEqualTo("first-slice");
        assertThat(response.getModelVersion()).isEqualTo("1");
        assertThat(response.getId()).isEqualTo("call-1");
        assertThat(response.getOutputs(0).getName()).isEqualTo("y");
        assertThat(response.getOutputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(1L, 2L);
        assertThat(InferenceClient.floats(response.getRawOutputContents(0))).containsExactly(2f, 2f);
    }
}
