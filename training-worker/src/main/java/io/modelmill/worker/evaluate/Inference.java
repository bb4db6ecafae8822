package io.modelmill.worker.evaluate;

import io.modelmill.worker.network.SequentialNetwork;
import io.modelmill.worker.network.TensorValues;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Asks a trained network for its output, as it is at inference. */
public final class Inference {
    /** Rows at once, so that memory does not grow with the data set. */
    public static final int BATCH = 1024;

    private Inference() {}

    /**
     * Answers for some rows, row after row.
     *
     * @param after applied to the network's output
     */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    public static float[] run(SequentialNetwork network, float[] features, UnaryOperator<Tensor> after) {
        int width = Math.toIntExact(network.input().size());
        int outputs = Math.toIntExact(network.output().size());
        int count = features.length / width;
        float[] answers = new float[Math.multiplyExact(count, outputs)];
        for (int start = 0; start < count; start += BATCH) {
            int size = Math.min(BATCH, count - start);
            float[] batch = Arrays.copyOfRange(features, start * width, (start + size) * width);
            try (PointerScope scope = new PointerScope();
                    NoGradGuard noGradients = new NoGradGuard()) {
                Tensor output = after.apply(network.forward(TensorValues.of(batch, size, width), false));
                System.arraycopy(TensorValues.floats(output), 0, answers, start * outputs, size * outputs);
            }
        }
        return answers;
    }
}
