package io.modelmill.worker.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.worker.data.Normalization;
import io.modelmill.worker.evaluate.Inference;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.network.SequentialNetwork;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.train.Objective;
import io.modelmill.worker.train.TorchRuntime;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class OnnxExportTest {
    private static final float[] ROWS = new float[3 * 2500];

    static {
        for (int i = 0; i < ROWS.length; i++) {
            ROWS[i] = (i % 17) / 8f - 1;
        }
    }

    @Test
    void answersAsTheTrainerOnManyRows() {
        try (PointerScope scope = new PointerScope()) {
            SequentialNetwork network = network(1);
            byte[] model = OnnxExport.write(network, Objective.CROSS_ENTROPY);
            assertThat(OnnxExport.check(model, network, Objective.CROSS_ENTROPY, ROWS))
                    .isLessThan(1e-5);
        }
    }

    @Test
    void refusesAModelThatAnswersOtherwise() {
        try (PointerScope scope = new PointerScope()) {
            byte[] model = OnnxExport.write(network(1), Objective.CROSS_ENTROPY);
            SequentialNetwork other = network(2);
            assertThatThrownBy(() -> OnnxExport.check(model, other, Objective.CROSS_ENTROPY, ROWS))
                    .isInstanceOf(PlatformFailedException.class)
                    .hasMessageMatching(
                            "the exported model differs from the trained network by [0-9.E-]+ \\(expected: at most 1.0E-4\\) on 2500 held-out rows");
        }
    }

    @Test
    void refusesAModelThatAnswersNoNumber() {
        try (PointerScope scope = new PointerScope()) {
            var broken = new Normalization(new float[] {Float.NaN, 0, 0}, new float[] {1, 1, 1});
            byte[] model = OnnxExport.write(network(1, broken), Objective.CROSS_ENTROPY);
            SequentialNetwork sound = network(1);
            assertThatThrownBy(() -> OnnxExport.check(model, sound, Objective.CROSS_ENTROPY, ROWS))
                    .isInstanceOf(PlatformFailedException.class)
                    .hasMessageContaining("NaN");
        }
    }

    @Test
    void dropoutActsInTrainingOnly() {
        try (PointerScope scope = new PointerScope()) {
            SequentialNetwork network = network(1);
            float[] once = Inference.run(network, ROWS, UnaryOperator.identity());
            float[] again = Inference.run(network, ROWS, UnaryOperator.identity());
            float[] training = TensorValues.floats(network.forward(TensorValues.of(ROWS, 2500, 3), true));
            assertThat(again).isEqualTo(once);
            assertThat(training).isNotEqualTo(once);
        }
    }

    private static SequentialNetwork network(long seed) {
        return network(seed, new Normalization(new float[] {0.5f, 0, 1}, new float[] {2, 1, 0.1f}));
    }

    private static SequentialNetwork network(long seed, Normalization normalization) {
        TorchRuntime.prepare(seed);
        return SequentialNetwork.ofRows(
                List.of(Layers.dense(8, "gelu"), Layers.dropout(0.5), Layers.dense(4)), normalization, 4);
    }
}
