package io.modelmill.worker.network;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Copies between Java arrays and tensors on the CPU. */
public final class TensorValues {
    private TensorValues() {}

    /** The values of a tensor of 32-bit floats, its last axis fastest. */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    public static float[] floats(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            Tensor contiguous = tensor.detach().contiguous();
            float[] values = new float[Math.toIntExact(contiguous.numel())];
            contiguous.data_ptr_float().get(values);
            return values;
        }
    }

    /** The values of a tensor of 64-bit integers, its last axis fastest. */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    public static long[] longs(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            Tensor contiguous = tensor.contiguous();
            long[] values = new long[Math.toIntExact(contiguous.numel())];
            contiguous.data_ptr_long().get(values);
            return values;
        }
    }

    /** A new tensor of 32-bit floats, in the caller's scope. */
    public static Tensor of(float[] values, long... shape) {
        return Tensor.create(values, shape);
    }

    /** A new tensor of 64-bit integers, in the caller's scope. */
    public static Tensor of(long[] values, long... shape) {
        return Tensor.create(values, shape);
    }
}
