package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxModel;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;

/** Random rows, for the trainer and for ONNX Runtime. */
final class Batch {
    static final int TOKENS = 20;

    private final boolean ofTokens;
    private final long[] axes;
    private final float[] numbers;
    private final long[] tokens;

    private Batch(boolean ofTokens, long[] axes, Random random) {
        this.ofTokens = ofTokens;
        this.axes = axes;
        int size = 1;
        for (long axis : axes) {
            size *= Math.toIntExact(axis);
        }
        this.tokens = random.ints(size, 0, TOKENS).asLongStream().toArray();
        this.numbers = new float[size];
        for (int i = 0; i < size; i++) {
            numbers[i] = (float) random.nextGaussian() * 2 + 0.5f;
        }
    }

    /** @param steps for an axis of any length */
    static Batch random(Shape row, long rows, long steps, long seed) {
        long[] axes = new long[row.rank() + 1];
        axes[0] = rows;
        for (int axis = 0; axis < row.rank(); axis++) {
            axes[axis + 1] = row.axis(axis) == Shape.ANY ? steps : row.axis(axis);
        }
        return new Batch(row.element() == Shape.Element.TOKEN, axes, new Random(seed));
    }

    Tensor tensor() {
        return ofTokens ? TensorValues.of(tokens, axes) : TensorValues.of(numbers, axes);
    }

    float[] predict(OnnxModel model) {
        return ofTokens ? model.predict(tokens, axes) : model.predict(numbers, axes);
    }

    /** A token of a row. */
    long token(int row, int step) {
        return tokens[row * Math.toIntExact(axes[1]) + step];
    }

    /** A number of a row. */
    void set(int row, int offset, float value) {
        numbers[row * (numbers.length / Math.toIntExact(axes[0])) + offset] = value;
    }
}
