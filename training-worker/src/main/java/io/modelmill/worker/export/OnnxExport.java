package io.modelmill.worker.export;

import io.modelmill.worker.evaluate.Inference;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.network.SequentialNetwork;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.train.Objective;
import java.util.Arrays;
import java.util.List;

/**
 * A trained network as an ONNX model: input {@code features} as they stand in the file, output as the objective names it.
 */
public final class OnnxExport {
    /** Name of the model's input. */
    public static final String INPUT = "features";

    /** Largest difference between trainer and export; relative to the largest answer where that is above 1. */
    public static final double TOLERANCE = 1e-4;

    private OnnxExport() {}

    /** Writes the model. */
    public static byte[] write(SequentialNetwork network, Objective objective) {
        var graph = new OnnxGraph();
        String output = network.export(graph, graph.input(INPUT, network.input()));
        return graph.finish(objective.exportAnswer(graph, output), objective.outputName(), network.output());
    }

    /**
     * Compares the model in ONNX Runtime with the network in the trainer.
     *
     * @param features rows to compare on, as in the file
     * @return the largest absolute difference
     * @throws PlatformFailedException when the two do not answer the same
     */
    public static double check(byte[] model, SequentialNetwork network, Objective objective, float[] features) {
        float[] expected = Inference.run(network, features, objective::answer);
        float[] actual = run(model, features, Math.toIntExact(network.input().size()), expected.length);
        double difference = 0;
        double largest = 1;
        for (int i = 0; i < expected.length; i++) {
            // The larger of a number and no number is no number.
            difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        if (!(difference <= TOLERANCE * largest)) {
            throw new PlatformFailedException(
                    "the exported model differs from the trained network by %s (expected: at most %s) on %d held-out rows"
                            .formatted(
                                    difference,
                                    TOLERANCE * largest,
                                    features.length / network.input().size()));
        }
        return difference;
    }

    /**
     * Some rows with the trainer's own answers.
     *
     * @param features rows to take the first of, as in the file
     */
    public static byte[] samples(SequentialNetwork network, Objective objective, float[] features) {
        int width = Math.toIntExact(network.input().size());
        int rows = Math.min(SampleAnswers.ROWS, features.length / width);
        float[] inputs = Arrays.copyOf(features, rows * width);
        float[] answers = Inference.run(network, inputs, objective::answer);
        return SampleAnswers.json(
                List.of(new Feed(INPUT, inputs, new long[] {rows, width})),
                List.of(new Feed(objective.outputName(), answers, new long[] {rows, answers.length / rows})));
    }

    private static float[] run(byte[] model, float[] features, int width, int expectedLength) {
        float[] answers = new float[0];
        try (OnnxModel session = OnnxModel.load(model)) {
            int step = Inference.BATCH * width;
            for (int start = 0; start < features.length; start += step) {
                int last = Math.min(features.length, start + step);
                float[] batch =
                        session.predict(Arrays.copyOfRange(features, start, last), (last - start) / width, width);
                int end = answers.length;
                answers = Arrays.copyOf(answers, end + batch.length);
                System.arraycopy(batch, 0, answers, end, batch.length);
            }
        }
        if (answers.length != expectedLength) {
            throw new PlatformFailedException(
                    "the exported model answers %d numbers (expected: %d)".formatted(answers.length, expectedLength));
        }
        return answers;
    }
}
