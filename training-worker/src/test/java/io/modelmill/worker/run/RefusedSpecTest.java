package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerType;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the door of training-service should have refused is refused again, with a message and no crash. */
class RefusedSpecTest {
    @TempDir
    Path folder;

    @Test
    void unknownNames() {
        refused(
                Jobs.of(Layers.layer("conv9d"), Layers.dense(3)),
                "network.layers[0].type: \"conv9d\" (expected: one of %s)"
                        .formatted(LayerCatalogue.standard().types().stream()
                                .map(LayerType::name)
                                .collect(Collectors.joining(", "))));
        refused(
                Jobs.of(Layers.dense(4, "swish"), Layers.dense(3)),
                "network.layers[0].activation: \"swish\" (expected: one of elu, gelu, leaky_relu, none, relu, selu, sigmoid,"
                        + " silu, softmax, softplus, tanh)");
        refused(
                Jobs.of(Layers.dense(3)).optimizer("lion", "learning_rate", 0.1),
                "optimizer.type: \"lion\" (expected: one of sgd, adagrad, rmsprop, adam, adamw)");
        refused(
                Jobs.of(Layers.dense(3)).loss("hinge"),
                "loss.type: \"hinge\" (expected: one of cross_entropy, binary_cross_entropy, mean_squared_error,"
                        + " mean_absolute_error, huber)");
        refused(
                Jobs.of(Layers.dense(3)).schedule("triangle"),
                "schedule.type: \"triangle\" (expected: one of constant, step, cosine, on_plateau)");
        refused(
                Jobs.of(Layers.dense(3)).adversarial("noise", "epsilon", 0.1),
                "adversarial.type: \"noise\" (expected: one of fgsm, pgd)");
        refused(
                Jobs.of(Layers.dense(3)).earlyStopping(1, 0, "validation_r2"),
                "early_stopping.metric: \"validation_r2\" (expected: one of [validation_loss, validation_accuracy,"
                        + " validation_f1_macro])");
    }

    @Test
    void networksThatCannotWork() {
        refused(Jobs.of(Layers.dense(4)), "network.layers[0].units: 4 (expected: 3, for 3 classes)");
        refused(
                Jobs.of(Layers.dense(-1), Layers.dropout(1), Layers.layer("activation"), Layers.dense(3)),
                "network.layers[0].units: -1 (expected: 1 to 65536);"
                        + " network.layers[1].rate: 1.0 (expected: from 0 and below 1);"
                        + " network.layers[2].activation: \"not set\" (expected: one of elu, gelu, leaky_relu, relu, selu,"
                        + " sigmoid, silu, softmax, softplus, tanh)");
        refused(
                Jobs.of(Layers.layer("lstm", "units", 4L), Layers.dense(3)),
                "network.layers[0].type: \"an input of [4]\" (expected: a sequence [steps, features])");
        refused(
                Jobs.of(Layers.dense(65_536), Layers.dense(65_536), Layers.dense(3)),
                "the network has 4,295,557,123 parameters (expected: at most 268,435,456)");
        refused(
                Jobs.of(Layers.activation("relu")).data(DataSpecs.label("kind").features("length", "width", "weight")),
                "the network has nothing to learn (expected: at least one dense layer)");
    }

    private void refused(Jobs job, String message) {
        assertThatThrownBy(() -> Tables.train(job.spec(), Tables.flowers(folder)))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(message);
    }
}
