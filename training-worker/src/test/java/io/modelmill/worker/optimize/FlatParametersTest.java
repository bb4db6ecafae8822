package io.modelmill.worker.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import io.modelmill.worker.network.TensorValues;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class FlatParametersTest {
    private static final int SECOND = 16;

    @Test
    void aPassBackFillsTheGradientsAndAStepMovesTheParameters() {
        try (PointerScope scope = new PointerScope()) {
            Tensor weight = learned(new float[] {1, -2}, 1, 2);
            Tensor bias = learned(new float[] {3}, 1);
            var flat = new FlatParameters(List.of(weight, bias));
            assertThat(TensorValues.floats(weight)).containsExactly(1, -2);
            for (int pass = 0; pass < 2; pass++) {
                flat.clearGradients();
                weight.square().sum().add(bias.sum()).backward();
                float[] gradients = TensorValues.floats(flat.gradients());
                assertThat(Arrays.copyOf(gradients, 2)).containsExactly(2, -4);
                assertThat(gradients[SECOND]).isEqualTo(1);
                assertThat(gradients).as("what lies between").hasSize(32).containsOnly(2, -4, 1, 0);
            }
            try (NoGradGuard noGradients = new NoGradGuard()) {
                flat.values().sub_(flat.gradients());
            }
            assertThat(TensorValues.floats(weight)).containsExactly(-1, 2);
            assertThat(TensorValues.floats(bias)).containsExactly(2);
        }
    }

    /** Weights 3 and -4 in two axes, a bias of 7 in one. */
    @ParameterizedTest
    @CsvSource({"0, 0, 0, 1, 1", "0.1, 0, 0.7, 1.1, 0.9", "0, 0.5, 6.25, 2.5, -1", "0.1, 0.5, 6.95, 2.6, -1.1"})
    void penaltiesCountWeightsAndNoBiases(double l1, double l2, double penalty, float first, float second) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            var flat = new FlatParameters(List.of(learned(new float[] {3, -4}, 2, 1), learned(new float[] {7}, 1)));
            flat.gradients().add_(new org.bytedeco.pytorch.Scalar(1.0));
            assertThat(new Limits(new Regularization(l1, l2, 0, 0), flat).addPenalties())
                    .isCloseTo(penalty, within(1e-6));
            float[] gradients = TensorValues.floats(flat.gradients());
            assertThat(gradients[0]).isCloseTo(first, within(1e-6f));
            assertThat(gradients[1]).isCloseTo(second, within(1e-6f));
            assertThat(gradients[SECOND]).isEqualTo(1);
        }
    }

    /** Gradients 3, -4 and 12 have the norm 13. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 3, -4, 12",
        "13.5, 0, 3, -4, 12",
        "6.5, 0, 1.5, -2, 6",
        "0, 3.5, 3, -3.5, 3.5",
        "6.5, 1.75, 1.5, -1.75, 1.75"
    })
    void gradientsAreCutToNormAndSize(double norm, double value, float first, float second, float third) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            var flat = new FlatParameters(List.of(learned(new float[2], 2, 1), learned(new float[1], 1)));
            flat.gradients().narrow(0, 0, 2).copy_(TensorValues.of(new float[] {3, -4}, 2));
            flat.gradients().narrow(0, SECOND, 1).copy_(TensorValues.of(new float[] {12}, 1));
            new Limits(new Regularization(0, 0, norm, value), flat).cutGradients();
            float[] gradients = TensorValues.floats(flat.gradients());
            assertThat(new float[] {gradients[0], gradients[1], gradients[SECOND]})
                    .containsExactly(new float[] {first, second, third}, within(1e-5f));
        }
    }

    private static Tensor learned(float[] values, long... shape) {
        Tensor tensor = TensorValues.of(values, shape);
        tensor.set_requires_grad(true);
        return tensor;
    }
}
