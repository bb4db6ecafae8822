package io.modelmill.worker.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.network.TensorValues;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each optimiser against its formula, computed by hand in 64 bits. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class OptimizerTest {
    private static final double[] START = {0.5, -1.25, 2, 0, -0.01};
    private static final int STEPS = 5;

    static Stream<Arguments> formulas() {
        return Stream.of(
                Arguments.of(Choice.of("sgd"), new Formula() {
                    @Override
                    public double next(double w, double g, int step) {
                        return w - 0.1 * g;
                    }
                }),
                Arguments.of(choice("sgd", "momentum", 0.9), new Formula() {
                    @Override
                    public double next(double w, double g, int step) {
                        a = 0.9 * a + g;
                        return w - 0.1 * a;
                    }
                }),
                Arguments.of(choice("sgd", "momentum", 0.8, "nesterov", true, "weight_decay", 0.02), new Formula() {
                    @Override
                    public double next(double w, double g, int step) {
                        double decayed = g + 0.02 * w;
                        a = 0.8 * a + decayed;
                        return w - 0.1 * (decayed + 0.8 * a);
                    }
                }),
                Arguments.of(choice("adagrad", "weight_decay", 0.02, "epsilon", 0.001), new Formula() {
                    @Override
                    public double next(double w, double g, int step) {
                        double decayed = g + 0.02 * w;
                        a += decayed * decayed;
                        return w - 0.1 * decayed / (Math.sqrt(a) + 0.001);
                    }
                }),
                Arguments.of(Choice.of("rmsprop"), new Formula() {
                    @Override
                    public double next(double w, double g, int step) {
                        a = 0.99 * a + 0.01 * g * g;
                        return w - 0.1 * g / (Math.sqrt(a) + 1e-8);
                    }
                }),
                Arguments.of(
                        choice("rmsprop", "momentum", 0.7, "decay", 0.9, "weight_decay", 0.02, "epsilon", 0.01),
                        new Formula() {
                            @Override
                            public double next(double w, double g, int step) {
                                double decayed = g + 0.02 * w;
                                a = 0.9 * a + 0.1 * decayed * decayed;
                                b = 0.7 * b + decayed / (Math.sqrt(a) + 0.01);
                                return w - 0.1 * b;
                            }
                        }),
                Arguments.of(Choice.of("adam"), new Formula() {
                    @Override
                    public double next(double w, double g, int step) {
                        return adam(w, g, step, 0.9, 0.999, 1e-8);
                    }
                }),
                Arguments.of(
                        choice("adam", "beta1", 0.7, "beta2", 0.95, "weight_decay", 0.02, "epsilon", 0.01),
                        new Formula() {
                            @Override
                            public double next(double w, double g, int step) {
                                return adam(w, g + 0.02 * w, step, 0.7, 0.95, 0.01);
                            }
                        }),
                Arguments.of(
                        choice("adamw", "beta1", 0.7, "beta2", 0.95, "weight_decay", 0.3, "epsilon", 0.01),
                        new Formula() {
                            @Override
                            public double next(double w, double g, int step) {
                                return adam(w * (1 - 0.1 * 0.3), g, step, 0.7, 0.95, 0.01);
                            }
                        }));
    }

    @ParameterizedTest
    @MethodSource("formulas")
    void stepsByItsFormula(Choice optimizer, Formula formula) {
        try (PointerScope scope = new PointerScope()) {
            var flat = new FlatParameters(List.of(TensorValues.of(floats(START), START.length)));
            Optimizer stepping = Optimizer.of(rated(optimizer), flat);
            double[][] expected = new double[STEPS + 1][];
            expected[0] = START;
            for (int i = 0; i < START.length; i++) {
                formula.begin();
                for (int step = 1; step <= STEPS; step++) {
                    if (expected[step] == null) {
                        expected[step] = new double[START.length];
                    }
                    double w = expected[step - 1][i];
                    expected[step][i] = formula.next(w, gradient(w, i, step), step);
                }
            }
            double[] at = START;
            for (int step = 1; step <= STEPS; step++) {
                step(stepping, flat, at, step);
                at = expected[step];
                float[] moved = Arrays.copyOf(TensorValues.floats(flat.values()), START.length);
                for (int i = 0; i < START.length; i++) {
                    assertThat((double) moved[i])
                            .as("value %d after step %d", i, step)
                            .isCloseTo(expected[step][i], within(2e-5));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formulas")
    void goesOnFromItsState(Choice optimizer, Formula formula) {
        try (PointerScope scope = new PointerScope()) {
            var flat = new FlatParameters(List.of(TensorValues.of(floats(START), START.length)));
            Optimizer first = Optimizer.of(rated(optimizer), flat);
            step(first, flat, START, 1);
            var copy = new FlatParameters(List.of(TensorValues.of(floats(START), START.length)));
            Optimizer second = Optimizer.of(rated(optimizer), copy);
            copy.values().copy_(flat.values());
            for (int i = 0; i < first.state().size(); i++) {
                second.state().get(i).copy_(first.state().get(i));
            }
            step(first, flat, START, 2);
            step(second, copy, START, 2);
            assertThat(TensorValues.floats(copy.values())).isEqualTo(TensorValues.floats(flat.values()));
        }
    }

    @Test
    void refusesWhatTheCatalogueLacks() {
        assertThatThrownBy(() -> Optimizer.settings(choice("lion", "learning_rate", 0.1)))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("optimizer.type: \"lion\" (expected: one of sgd, adagrad, rmsprop, adam, adamw)");
        assertThatThrownBy(() -> Optimizer.settings(choice("adam", "learning_rate", 0.0, "momentum", 0.1)))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("optimizer.learning_rate: 0.0 (expected: finite and above 0);"
                        + " optimizer.momentum: 0.1 (expected: not set: an optimizer adam has none)");
    }

    private static void step(Optimizer optimizer, FlatParameters flat, double[] at, int step) {
        float[] gradients = new float[START.length];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = (float) gradient(at[i], i, step);
        }
        try (NoGradGuard noGradients = new NoGradGuard()) {
            flat.clearGradients();
            Tensor place = flat.gradients().narrow(0, 0, START.length);
            place.copy_(TensorValues.of(gradients, START.length));
            optimizer.step(0.1, step);
        }
    }

    /** Differs by value, place and step, and changes its sign. */
    private static double gradient(double w, int i, int step) {
        return w * (i + 1) - 0.3 * step + 0.1 * i * i;
    }

    private static Choice choice(String type, Object... settings) {
        Map<String, Object> map = new java.util.HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            map.put((String) settings[i], settings[i + 1]);
        }
        return new Choice(type, map);
    }

    private static Choice rated(Choice choice) {
        Map<String, Object> map = new java.util.HashMap<>(choice.settings());
        map.put("learning_rate", 0.1);
        return new Choice(choice.type(), map);
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** One value's path, with what it carries. */
    abstract static class Formula {
        double a;
        double b;

        abstract double next(double w, double g, int step);

        void begin() {
            a = 0;
            b = 0;
        }

        double adam(double w, double g, int step, double beta1, double beta2, double epsilon) {
            a = beta1 * a + (1 - beta1) * g;
            b = beta2 * b + (1 - beta2) * g * g;
            double mean = a / (1 - Math.pow(beta1, step));
            double squares = b / (1 - Math.pow(beta2, step));
            return w - 0.1 * mean / (Math.sqrt(squares) + epsilon);
        }
    }
}
