package io.modelmill.worker.quantize;

import io.modelmill.worker.onnx.OnnxInput;
import io.modelmill.worker.onnx.OnnxModel;
import java.time.Duration;
import java.util.List;

/** How fast two models are on one thread, taken in turns so that what else runs on the machine slows both. */
final class Speed {
    private static final int ROUNDS = 3;
    private static final long ROUND_NANOS = Duration.ofMillis(100).toNanos();

    private Speed() {}

    /**
     * Measures.
     *
     * @param rows of the inputs
     * @return rows a second of each, of its best round
     */
    static double[] of(OnnxModel first, OnnxModel second, List<OnnxInput> inputs, int rows) {
        double[] best = new double[2];
        // The first round warms both up.
        for (int round = 0; round <= ROUNDS; round++) {
            double[] seen = {rate(first, inputs, rows), rate(second, inputs, rows)};
            for (int model = 0; model < best.length && round > 0; model++) {
                best[model] = Math.max(best[model], seen[model]);
            }
        }
        return best;
    }

    private static double rate(OnnxModel model, List<OnnxInput> inputs, int rows) {
        long start = System.nanoTime();
        long runs = 0;
        long elapsed;
        do {
            model.run(inputs);
            runs++;
            elapsed = System.nanoTime() - start;
        } while (elapsed < ROUND_NANOS);
        return runs * rows * 1e9 / elapsed;
    }
}
