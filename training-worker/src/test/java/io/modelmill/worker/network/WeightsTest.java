package io.modelmill.worker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.train.TorchRuntime;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How what is learned begins. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class WeightsTest {
    /** Of 200 inputs and 300 outputs; an even spread reaches as far as the root of 3 deviations. */
    @ParameterizedTest
    @CsvSource({
        "kaiming_uniform, 0.1, 0.1733",
        "kaiming_normal, 0.1, 0.7",
        "xavier_uniform, 0.0632, 0.1096",
        "xavier_normal, 0.0632, 0.45",
        "normal, 0.02, 0.14",
        "zeros, 0, 0"
    })
    void drawsAsTheInitializerSays(String initializer, double deviation, double farthest) {
        try (PointerScope scope = new PointerScope()) {
            TorchRuntime.prepare(1);
            float[] values = TensorValues.floats(Weights.drawn(initializer, 200, 300, 300, 200));
            double squares = 0;
            double largest = 0;
            for (float value : values) {
                squares += (double) value * value;
                largest = Math.max(largest, Math.abs(value));
            }
            assertThat(values).hasSize(60_000);
            assertThat(Math.sqrt(squares / values.length)).isCloseTo(deviation, within(deviation * 0.02));
            assertThat(largest).isLessThanOrEqualTo(farthest);
        }
    }

    @Test
    void biasesBeginAtZero() {
        try (PointerScope scope = new PointerScope()) {
            Layer layer = LayerBuilders.build(new LayerCases.Case(Layers.dense(4, "relu"), Shape.numbers(6)).plan());
            assertThat(TensorValues.floats(layer.parameters().get(1))).containsOnly(0);
        }
    }

    /** Sine and cosine of {@code step / 10,000^(pair / width)}. */
    @Test
    void placesAreWaves() {
        try (PointerScope scope = new PointerScope()) {
            Layer layer = LayerBuilders.build(
                    new LayerCases.Case(Layers.layer("positional_encoding"), Shape.numbers(Shape.ANY, 4)).plan());
            Tensor places = layer.forward(TensorValues.of(new float[12], 1, 3, 4), Pass.of(false));
            assertThat(TensorValues.floats(places))
                    .containsExactly(
                            new float[] {
                                0, 1, 0, 1, 0.84147f, 0.54030f, 0.01f, 0.99995f, 0.90930f, -0.41615f, 0.02f, 0.9998f
                            },
                            within(1e-5f));
        }
    }
}
