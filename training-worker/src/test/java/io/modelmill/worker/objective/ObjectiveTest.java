package io.modelmill.worker.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.rows.Answers;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each loss against its formula, computed by hand in 64 bits. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class ObjectiveTest {
    private static final Answers THREE = new Answers.Classes(List.of("a", "b", "c"), List.of(6L, 3L, 1L));
    private static final Answers TWO = new Answers.Classes(List.of("no", "yes"), List.of(8L, 2L));
    private static final List<String> TOKENS = List.of("[PAD]", "[UNK]", "x");
    private static final float[] LOGITS = {1, 2, -1, 0.5f, 0, 3, -2, 4, 0.25f, 1, 1, 1};
    private static final long[] CLASSES = {0, 2, 1, 2};
    private static final float[] NUMBERS = {0.1f, 0.9f, 0.5f, 0, 1, 0.3f, 0.2f, 0.7f, 0.6f, 0.4f, 0.8f, 0.05f};

    static Stream<Arguments> classLosses() {
        return Stream.of(
                Arguments.of(Choice.of("cross_entropy"), new double[] {1, 1, 1}, 0.0),
                Arguments.of(choice("label_smoothing", 0.3), new double[] {1, 1, 1}, 0.3),
                Arguments.of(choice("class_weights", List.of(1.0, 2.0, 0.5)), new double[] {1, 2, 0.5}, 0.0),
                Arguments.of(choice("class_weighting", "balanced"), new double[] {10.0 / 18, 10.0 / 9, 10.0 / 3}, 0.0),
                Arguments.of(
                        choice("class_weights", List.of(1.0, 2.0, 0.5), "label_smoothing", 0.1),
                        new double[] {1, 2, 0.5},
                        0.1));
    }

    @ParameterizedTest
    @MethodSource("classLosses")
    void crossEntropyIsItsFormula(Choice loss, double[] weights, double smoothing) {
        double sum = 0;
        double weight = 0;
        for (int row = 0; row < 4; row++) {
            int right = (int) CLASSES[row];
            sum += (1 - smoothing) * weights[right] * surprise(row, right);
            for (int label = 0; label < 3; label++) {
                sum += smoothing / 3 * weights[label] * surprise(row, label);
            }
            weight += weights[right];
        }
        try (PointerScope scope = new PointerScope()) {
            check(Objective.of(loss, THREE), TensorValues.of(LOGITS, 4, 3), TensorValues.of(CLASSES, 4), sum, weight);
        }
    }

    static Stream<Arguments> binaryLosses() {
        return Stream.of(
                Arguments.of(Choice.of("binary_cross_entropy"), new double[] {1, 1}, 0.0),
                Arguments.of(binary("label_smoothing", 0.2), new double[] {1, 1}, 0.2),
                Arguments.of(binary("class_weights", List.of(0.5, 3.0)), new double[] {0.5, 3}, 0.0),
                Arguments.of(binary("class_weighting", "balanced"), new double[] {0.625, 2.5}, 0.0));
    }

    @ParameterizedTest
    @MethodSource("binaryLosses")
    void binaryCrossEntropyIsItsFormula(Choice loss, double[] weights, double smoothing) {
        float[] logits = {2, -1, 0.5f, -30};
        long[] targets = {1, 0, 0, 1};
        double sum = 0;
        double weight = 0;
        for (int row = 0; row < 4; row++) {
            double wanted = targets[row] * (1 - smoothing) + smoothing / 2;
            double yes = Math.log1p(Math.exp(-logits[row]));
            double no = logits[row] + yes;
            sum += weights[(int) targets[row]] * (wanted * yes + (1 - wanted) * no);
            weight += weights[(int) targets[row]];
        }
        try (PointerScope scope = new PointerScope()) {
            Objective objective = Objective.of(loss, TWO);
            check(objective, TensorValues.of(logits, 4, 1), TensorValues.of(targets, 4), sum, weight);
            float[] pairs = TensorValues.floats(objective.classLogits(TensorValues.of(logits, 4, 1)));
            assertThat(pairs).containsExactly(0, 2, 0, -1, 0, 0.5f, 0, -30);
        }
    }

    static Stream<Arguments> numberLosses() {
        return Stream.of(
                Arguments.of(Choice.of("mean_squared_error"), (Error) d -> d * d),
                Arguments.of(Choice.of("mean_absolute_error"), (Error) Math::abs),
                Arguments.of(Choice.of("huber"), (Error) d -> Math.abs(d) < 1 ? d * d / 2 : Math.abs(d) - 0.5),
                Arguments.of(new Choice("huber", Map.of("delta", 0.25)), (Error)
                        d -> Math.abs(d) < 0.25 ? d * d / 2 : 0.25 * (Math.abs(d) - 0.125)));
    }

    @ParameterizedTest
    @MethodSource("numberLosses")
    void lossesOfNumbersAreTheirFormulas(Choice loss, Error error) {
        double sum = 0;
        for (int i = 0; i < LOGITS.length; i++) {
            sum += error.of(LOGITS[i] - (double) NUMBERS[i]);
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor target = TensorValues.of(NUMBERS, 12, 1);
            check(Objective.of(loss, new Answers.Number()), TensorValues.of(LOGITS, 12, 1), target, sum, 12);
            Objective itself = Objective.of(loss, new Answers.Itself());
            Tensor input = TensorValues.of(NUMBERS, 4, 3);
            check(itself, TensorValues.of(LOGITS, 4, 3), itself.target(target, input), sum, 12);
        }
    }

    @Test
    void valuesFromZeroToOneAreReconstructedFromLogits() {
        double sum = 0;
        for (int i = 0; i < LOGITS.length; i++) {
            double yes = Math.log1p(Math.exp(-LOGITS[i]));
            sum += NUMBERS[i] * yes + (1 - NUMBERS[i]) * (LOGITS[i] + yes);
        }
        try (PointerScope scope = new PointerScope()) {
            Objective objective = Objective.of(Choice.of("binary_cross_entropy"), new Answers.Itself());
            check(objective, TensorValues.of(LOGITS, 4, 3), TensorValues.of(NUMBERS, 4, 3), sum, 12);
        }
    }

    @Test
    void nextTokensThatAreNoneDoNotCount() {
        try (PointerScope scope = new PointerScope()) {
            Objective objective = Objective.of(Choice.of("cross_entropy"), new Answers.NextToken(TOKENS));
            Tensor output = TensorValues.of(LOGITS, 2, 2, 3);
            check(
                    objective,
                    output,
                    TensorValues.of(new long[] {0, -100, 1, 2}, 2, 2),
                    surprise(0, 0) + surprise(2, 1) + surprise(3, 2),
                    3);
            Tensor none = TensorValues.of(new long[] {-100, -100, -100, -100}, 2, 2);
            assertThat(objective.loss(output, none).item_double()).isZero();
            assertThat(objective.lossWeight(none)).isZero();
        }
    }

    @Test
    void neighboursAreClasses() {
        try (PointerScope scope = new PointerScope()) {
            Objective objective = Objective.of(Choice.of("cross_entropy"), new Answers.Neighbour(TOKENS));
            double sum = surprise(0, 0) + surprise(1, 2) + surprise(2, 1) + surprise(3, 2);
            check(objective, TensorValues.of(LOGITS, 4, 3), TensorValues.of(CLASSES, 4), sum, 4);
        }
    }

    static Stream<Arguments> forms() {
        return Stream.of(
                Arguments.of("cross_entropy", THREE, Shape.numbers(3), "probabilities", Shape.numbers(3)),
                Arguments.of("binary_cross_entropy", TWO, Shape.numbers(1), "probabilities", Shape.numbers(2)),
                Arguments.of("huber", new Answers.Number(), Shape.numbers(1), "prediction", Shape.numbers(1)),
                Arguments.of("huber", new Answers.Itself(), Shape.numbers(2, 3), "reconstruction", Shape.numbers(2, 3)),
                Arguments.of(
                        "binary_cross_entropy",
                        new Answers.Itself(),
                        Shape.numbers(2, 3),
                        "reconstruction",
                        Shape.numbers(2, 3)),
                Arguments.of(
                        "cross_entropy",
                        new Answers.NextToken(TOKENS),
                        Shape.numbers(2, 3),
                        "logits",
                        Shape.numbers(2, 3)));
    }

    /** What torch answers, ONNX Runtime answers. */
    @ParameterizedTest
    @MethodSource("forms")
    void answersAreTheSameInTheGraph(String loss, Answers answers, Shape output, String name, Shape answered) {
        try (PointerScope scope = new PointerScope()) {
            Objective objective = Objective.of(Choice.of(loss), answers);
            assertThat(objective.outputName()).isEqualTo(name);
            assertThat(objective.answerShape(output)).isEqualTo(answered);
            var graph = new OnnxGraph();
            String answer = objective.exportAnswer(graph, graph.input("x", output), output);
            byte[] bytes = graph.finish(answer, objective.outputName(), answered);
            long[] shape = Stream.concat(Stream.of(LOGITS.length / output.size()), output.axes().stream())
                    .mapToLong(Long::longValue)
                    .toArray();
            Tensor expected = objective.answer(TensorValues.of(LOGITS, shape));
            assertThat(expected.size(-1)).isEqualTo(answered.width());
            try (OnnxModel model = OnnxModel.load(bytes)) {
                assertThat(model.predict(LOGITS, shape)).containsExactly(TensorValues.floats(expected), within(1e-6f));
            }
        }
    }

    @Test
    void oneLogitAndTwoGiveTheSameProbabilities() {
        try (PointerScope scope = new PointerScope()) {
            Tensor one = TensorValues.of(new float[] {2, -40, 0}, 3, 1);
            Objective binary = Objective.of(Choice.of("binary_cross_entropy"), TWO);
            Tensor two = Objective.of(Choice.of("cross_entropy"), TWO).answer(binary.classLogits(one));
            assertThat(TensorValues.floats(binary.answer(one)))
                    .containsExactly(TensorValues.floats(two), within(1e-7f));
        }
    }

    @Test
    void asksForTheOutputThatFits() {
        try (PointerScope scope = new PointerScope()) {
            Shape steps = Shape.tokens(Shape.ANY);
            Objective tokens = Objective.of(Choice.of("cross_entropy"), new Answers.NextToken(TOKENS));
            assertThat(tokens.output(steps)).isEqualTo(Shape.numbers(Shape.ANY, 3));
            assertThat(Objective.of(Choice.of("binary_cross_entropy"), TWO).output(Shape.numbers(5)))
                    .isEqualTo(Shape.numbers(1));
            assertThat(Objective.of(Choice.of("huber"), new Answers.Itself()).output(Shape.numbers(5)))
                    .isEqualTo(Shape.numbers(5));
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        refused(
                Choice.of("hinge"),
                THREE,
                "loss.type: \"hinge\" (expected: one of cross_entropy, binary_cross_entropy,"
                        + " mean_squared_error, mean_absolute_error, huber)");
        refused(
                Choice.of("huber"),
                THREE,
                "loss.type: \"huber\" (expected: cross_entropy or binary_cross_entropy, for classes)");
        refused(
                Choice.of("binary_cross_entropy"),
                THREE,
                "loss.type: \"binary_cross_entropy\" of 3 classes (expected: 2 classes, or cross_entropy)");
        refused(
                choice("class_weights", List.of(1.0, 2.0)),
                THREE,
                "loss.class_weights: 2 weights (expected: 3, one for each of the classes [a, b, c])");
        refused(
                Choice.of("cross_entropy"),
                new Answers.Number(),
                "loss.type: \"cross_entropy\" (expected: mean_squared_error, mean_absolute_error or huber, for numbers)");
        refused(
                Choice.of("huber"),
                new Answers.NextToken(TOKENS),
                "loss.type: \"huber\" (expected: cross_entropy, for tokens)");
        refused(
                choice("class_weighting", "balanced"),
                new Answers.Neighbour(TOKENS),
                "loss.class_weights: set (expected: not set, there are no classes)");
        refused(
                binary("label_smoothing", 0.1),
                new Answers.Itself(),
                "loss.label_smoothing: 0.1 (expected: not set, there are no classes)");
    }

    private static void refused(Choice loss, Answers answers, String message) {
        assertThatThrownBy(() -> Objective.of(loss, answers))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(message);
    }

    private static void check(Objective objective, Tensor output, Tensor target, double sum, double weight) {
        assertThat(objective.loss(output, target).item_double()).isCloseTo(sum / weight, within(1e-5));
        assertThat(objective.lossSum(output, target).item_double()).isCloseTo(sum, within(2e-5));
        assertThat(objective.lossWeight(target)).isCloseTo(weight, within(1e-5));
    }

    /** The negated logarithm of a class's probability. */
    private static double surprise(int row, int label) {
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            sum += Math.exp(LOGITS[row * 3 + i]);
        }
        return Math.log(sum) - LOGITS[row * 3 + label];
    }

    private static Choice choice(Object... settings) {
        return named("cross_entropy", settings);
    }

    private static Choice binary(Object... settings) {
        return named("binary_cross_entropy", settings);
    }

    private static Choice named(String type, Object... settings) {
        Map<String, Object> map = new java.util.HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            map.put((String) settings[i], settings[i + 1]);
        }
        return new Choice(type, map);
    }

    private interface Error {
        double of(double difference);
    }
}
