package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.LayerType;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.plan.DataPlan;
import io.modelmill.worker.plan.OptimizerPlan;
import io.modelmill.worker.plan.TrainingPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the door of training-service should have refused is refused again, with a message and no crash. */
class RefusedPlanTest {
    private static final LayerSpec LAST = Layers.dense(3);

    @TempDir
    Path folder;

    @Test
    void unknownNames() {
        refused(
                Plans.classifier("none", Plans.ADAM, 1, Layers.layer("conv9d"), LAST),
                "network.layers[0].type: \"conv9d\" (expected: one of %s)"
                        .formatted(LayerCatalogue.standard().types().stream()
                                .map(LayerType::name)
                                .collect(Collectors.joining(", "))));
        refused(
                Plans.classifier("none", Plans.ADAM, 1, Layers.dense(4, "swish"), LAST),
                "network.layers[0].activation: \"swish\" (expected: one of elu, gelu, leaky_relu, none, relu, selu, sigmoid,"
                        + " silu, softmax, softplus, tanh)");
        refused(
                Plans.classifier("none", new OptimizerPlan("lion", 0.1, 0, 0), 1, LAST),
                "optimizer.type: `lion` (expected: sgd, adam, adamw)");
        TrainingPlan plan = Plans.classifier("none", Plans.ADAM, 1, LAST);
        refused(
                new TrainingPlan(plan.data(), plan.layers(), "hinge", plan.optimizer(), 1, 16, 1),
                "loss.type: `hinge` (expected: cross_entropy, mean_squared_error)");
    }

    @Test
    void networksThatCannotWork() {
        refused(
                Plans.classifier("none", Plans.ADAM, 1, Layers.dense(4)),
                "the network answers 4 values for each row (expected: 3 values, as the data ask for)");
        refused(
                Plans.classifier(
                        "none",
                        Plans.ADAM,
                        1,
                        Layers.dense(-1),
                        Layers.dropout(1),
                        Layers.layer("activation"),
                        Layers.dense(3)),
                "network.layers[0].units: -1 (expected: 1 to 65536);"
                        + " network.layers[1].rate: 1.0 (expected: from 0 and below 1);"
                        + " network.layers[2].activation: \"not set\" (expected: one of elu, gelu, leaky_relu, relu, selu,"
                        + " sigmoid, silu, softmax, softplus, tanh)");
        refused(
                Plans.classifier("none", Plans.ADAM, 1, Layers.layer("lstm", "units", 4L), LAST),
                "network.layers[0].type: \"an input of [4]\" (expected: a sequence [steps, features])");
        refused(
                Plans.classifier("none", Plans.ADAM, 1, Layers.dense(65_536), Layers.dense(65_536), LAST),
                "the network has 4,295,557,123 parameters (expected: at most 268,435,456)");
        refused(
                new TrainingPlan(
                        new DataPlan("kind", List.of("length", "width", "weight"), 0.2, "none"),
                        List.of(Layers.activation("relu")),
                        "cross_entropy",
                        Plans.ADAM,
                        1,
                        1,
                        1),
                "the network has nothing to learn (expected: at least one dense layer)");
    }

    @Test
    void settingsThatMakeNoSense() {
        DataPlan data = new DataPlan("kind", List.of(), 0, "");
        assertRefused(
                () -> new DataPlan("", List.of(), 0.2, "none"), "data.label_column: empty (expected: a column's name)");
        assertRefused(
                () -> new DataPlan("kind", List.of(), 0.95, "none"),
                "data.test_fraction: 0.95 (expected: above 0 and at most 0.9)");
        assertRefused(
                () -> new TrainingPlan(data, List.of(), "cross_entropy", Plans.ADAM, 1, 1, 1),
                "network.layers: none (expected: at least 1)");
        assertRefused(
                () -> new TrainingPlan(data, List.of(LAST), "cross_entropy", Plans.ADAM, 0, 1, 1),
                "epochs: 0 (expected: at least 1)");
        assertRefused(
                () -> new TrainingPlan(
                        data, List.of(LAST), "cross_entropy", new OptimizerPlan("sgd", -0.1, 0, 0), 1, 1, 1),
                "optimizer.learning_rate: -0.1 (expected: above 0)");
    }

    private void refused(TrainingPlan plan, String message) {
        assertRefused(() -> new TrainingRun(plan, Plans.SILENT).execute(Plans.flowers(folder)), message);
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(JobFailedException.class).hasMessage(message);
    }
}
