package io.modelmill.worker.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.network.SequentialNetwork;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.train.TorchRuntime;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Networks that learned something know it still once they are quantised. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class TrainedModelsTest {
    private static final int CLASSES = 10;
    private static final int PIXELS = 784;
    private static final int STEPS = 24;
    private static final int VOCABULARY = 400;
    private static final int HELD_OUT = 2_000;

    /** Ten pictures under noise that hides them well. */
    @Test
    void perceptronKeepsItsAccuracy(TestReporter reporter) {
        float[] pictures = new float[CLASSES * PIXELS];
        var drawn = new Random(1);
        for (int i = 0; i < pictures.length; i++) {
            pictures[i] = drawn.nextFloat() < 0.1 ? 0.6f : 0;
        }
        try (PointerScope scope = new PointerScope()) {
            TorchRuntime.prepare(1);
            var network = SequentialNetwork.of(
                    List.of(Layers.dense(128, "relu"), Layers.dense(CLASSES)),
                    Shape.numbers(PIXELS),
                    Shape.numbers(CLASSES));
            Examples examples = (random, rows) -> {
                long[] classes = random.longs(rows, 0, CLASSES).toArray();
                float[] values = new float[rows * PIXELS];
                for (int i = 0; i < values.length; i++) {
                    int picture = Math.toIntExact(classes[i / PIXELS]);
                    values[i] = pictures[picture * PIXELS + i % PIXELS] + (float) random.nextGaussian();
                }
                return new Rows(values, new long[0], classes);
            };
            train(network, examples, 300);
            assertKeepsAccuracy(network, examples, 0.3, reporter);
        }
    }

    /** Which of ten tokens stands among others; sentences of several lengths, padded. */
    @Test
    void transformerKeepsItsAccuracy(TestReporter reporter) {
        try (PointerScope scope = new PointerScope()) {
            TorchRuntime.prepare(1);
            List<LayerSpec> layers = List.of(
                    Layers.layer("embedding", "units", 64L),
                    Layers.layer("positional_encoding", "max_length", (long) STEPS),
                    Layers.layer("transformer_encoder", "heads", 4L, "units", 128L),
                    Layers.layer("transformer_encoder", "heads", 4L, "units", 128L),
                    Layers.layer("global_average_pool"),
                    Layers.dense(CLASSES));
            var network = SequentialNetwork.ofTokens(layers, VOCABULARY, Shape.numbers(CLASSES));
            Examples examples = (random, rows) -> {
                long[] classes = random.longs(rows, 0, CLASSES).toArray();
                long[] tokens = new long[rows * STEPS];
                for (int row = 0; row < rows; row++) {
                    int length = random.nextInt(STEPS / 2, STEPS + 1);
                    for (int step = 0; step < length; step++) {
                        tokens[row * STEPS + step] = random.nextLong(1 + CLASSES, VOCABULARY);
                    }
                    // Once in a while the token is missing, so that nobody can know.
                    if (random.nextInt(10) > 0) {
                        tokens[row * STEPS + random.nextInt(length)] = 1 + classes[row];
                    }
                }
                return new Rows(new float[0], tokens, classes);
            };
            train(network, examples, 250);
            assertKeepsAccuracy(network, examples, 0.4, reporter);
        }
    }

    private static void train(SequentialNetwork network, Examples examples, int steps) {
        try (PointerScope scope = new PointerScope()) {
            var optimizer =
                    new Adam(new TensorVector(network.parameters().toArray(Tensor[]::new)), new AdamOptions(0.002));
            var random = new Random(7);
            for (int step = 0; step < steps; step++) {
                try (PointerScope inner = new PointerScope()) {
                    Rows rows = examples.draw(random, 64);
                    optimizer.zero_grad();
                    torch.cross_entropy_loss(network.forward(rows.tensor(), true), TensorValues.of(rows.classes(), 64))
                            .backward();
                    optimizer.step();
                }
            }
        }
    }

    private static void assertKeepsAccuracy(
            SequentialNetwork network, Examples examples, double mostSize, TestReporter reporter) {
        var graph = new OnnxGraph();
        byte[] model =
                graph.finish(network.export(graph, graph.input("rows", network.input())), "logits", network.output());
        QuantizedModel quantized = OnnxQuantizer.quantize(model);
        Rows heldOut = examples.draw(new Random(99), HELD_OUT);
        try (OnnxModel parent = OnnxModel.load(model);
                OnnxModel child = OnnxModel.load(quantized.onnx())) {
            double before = accuracy(parent, heldOut);
            double after = accuracy(child, heldOut);
            reporter.publishEntry("accuracy", before + " before, " + after + " after");
            reporter.publishEntry("report", quantized.report().toString());
            assertThat(before).as("it learned something, and not all").isBetween(0.7, 0.995);
            assertThat(after).isGreaterThan(before - 0.01);
        }
        assertThat((double) quantized.onnx().length / model.length).isLessThan(mostSize);
    }

    private static double accuracy(OnnxModel model, Rows rows) {
        float[] answers = rows.predict(model);
        int right = 0;
        for (int row = 0; row < HELD_OUT; row++) {
            int best = 0;
            for (int index = 1; index < CLASSES; index++) {
                if (answers[row * CLASSES + index] > answers[row * CLASSES + best]) {
                    best = index;
                }
            }
            right += best == rows.classes()[row] ? 1 : 0;
        }
        return (double) right / HELD_OUT;
    }

    private interface Examples {
        Rows draw(Random random, int rows);
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Rows(float[] numbers, long[] tokens, long[] classes) {
        Tensor tensor() {
            return tokens.length > 0
                    ? TensorValues.of(tokens, classes.length, STEPS)
                    : TensorValues.of(numbers, classes.length, PIXELS);
        }

        float[] predict(OnnxModel model) {
            return tokens.length > 0
                    ? model.predict(tokens, classes.length, STEPS)
                    : model.predict(numbers, classes.length, PIXELS);
        }
    }
}
