package io.modelmill.worker.export;

import io.modelmill.worker.evaluate.Evaluation;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.onnx.OnnxInput;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.RowSet;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Proves that an exported model answers what the trained one does, on real rows as a caller sends them. */
public final class OnnxExport {
    /** Largest difference between trainer and export; relative to the largest answer where that is above 1. */
    public static final double TOLERANCE = 1e-4;

    /** Rows that are compared at most, spread evenly. */
    private static final long MOST_ROWS = 1024;

    private OnnxExport() {}

    /**
     * Compares the graph in ONNX Runtime with the model in the trainer.
     *
     * @param rows at least one
     * @param batchSize rows that training takes at once, and memory therefore bears
     * @return the largest absolute difference
     * @throws PlatformFailedException when the two do not answer the same
     */
    public static double check(byte[] graph, Model model, RowSet rows, int batchSize) {
        long compared = Math.min(rows.count(), MOST_ROWS);
        long step = Math.min(compared, Evaluation.rowsAtOnce(model, batchSize));
        var found = new Difference();
        try (OnnxModel session = OnnxModel.load(graph)) {
            for (long start = 0; start < compared; start += step) {
                long[] some = LongStream.range(start, Math.min(compared, start + step))
                        .map(row -> row * rows.count() / compared)
                        .toArray();
                List<OnnxInput> feeds = rows.feeds(some).stream()
                        .map(feed -> new OnnxInput(feed.input(), feed.values(), feed.shape()))
                        .toList();
                found.compare(trained(model, rows, some), session.predict(feeds));
            }
        }
        if (!(found.difference <= TOLERANCE * found.largest)) {
            throw new PlatformFailedException(
                    "the exported model differs from the trained network by %s (expected: at most %s) on %d rows"
                            .formatted(found.difference, TOLERANCE * found.largest, compared));
        }
        return found.difference;
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private static float[] trained(Model model, RowSet rows, long[] some) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            return TensorValues.floats(model.answer(rows.read(some)));
        }
    }

    /** Some rows with the trainer's own answers, as {@link SampleAnswers} writes them. */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    public static byte[] samples(Model model, RowSet rows) {
        long[] some =
                LongStream.range(0, Math.min(SampleAnswers.ROWS, rows.count())).toArray();
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            Tensor answers = model.answer(rows.read(some));
            String name = model.objective().outputName();
            return SampleAnswers.json(
                    rows.feeds(some), List.of(new Feed(name, TensorValues.floats(answers), answers.shape())));
        }
    }

    private static final class Difference {
        private double difference;
        private double largest = 1;

        void compare(float[] expected, float[] actual) {
            if (actual.length != expected.length) {
                throw new PlatformFailedException("the exported model answers %d numbers (expected: %d)"
                        .formatted(actual.length, expected.length));
            }
            for (int i = 0; i < expected.length; i++) {
                double distance = Math.abs((double) expected[i] - actual[i]);
                // Also true of a distance that is no number.
                if (!(distance <= difference)) {
                    difference = distance;
                }
                largest = Math.max(largest, Math.abs(expected[i]));
            }
        }
    }
}
