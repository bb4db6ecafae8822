package io.modelmill.worker.data;

import io.modelmill.worker.store.Records;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Copies rows from disk straight into the memory of tensors. */
final class Batches {
    // Made once, for making them takes as long as copying a row; no scope that is open now may free them.
    private static final TensorOptions BYTES = new TensorOptions(torch.ScalarType.Byte).retainReference();
    private static final TensorOptions INTS = new TensorOptions(torch.ScalarType.Int).retainReference();
    private static final TensorOptions LONGS = new TensorOptions(torch.ScalarType.Long).retainReference();
    private static final TensorOptions FLOATS = new TensorOptions(torch.ScalarType.Float).retainReference();
    private static final MemoryFormatOptional ANY_FORMAT = new MemoryFormatOptional().retainReference();

    private Batches() {}

    /** A tensor of some rows, their axes behind the batch's, in the caller's scope. */
    static Tensor gather(Records records, torch.ScalarType type, long[] rows, List<Long> axes) {
        Tensor tensor = empty(type, shape(rows.length, axes));
        records.gather(rows, memory(tensor, rows.length * records.stride()));
        return tensor;
    }

    /** A tensor of 64-bit integers, in the caller's scope. */
    static Tensor of(long[] values, long... shape) {
        Tensor tensor = empty(torch.ScalarType.Long, shape);
        MemorySegment memory = memory(tensor, (long) values.length * Long.BYTES);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_LONG, 0, values.length);
        return tensor;
    }

    private static Tensor empty(torch.ScalarType type, long... shape) {
        TensorOptions options = switch (type) {
            case Byte -> BYTES;
            case Int -> INTS;
            case Long -> LONGS;
            case Float -> FLOATS;
            default -> throw new IllegalArgumentException("no rows of " + type);
        };
        return torch.empty(shape, options, ANY_FORMAT);
    }

    /** The memory of a tensor on the CPU that was just made: its values lie one after another. */
    static MemorySegment memory(Tensor tensor, long bytes) {
        return MemorySegment.ofAddress(tensor.data_ptr().address()).reinterpret(bytes);
    }

    static long[] shape(long batch, List<Long> row) {
        List<Long> axes = new ArrayList<>(row);
        axes.addFirst(batch);
        return axes.stream().mapToLong(Long::longValue).toArray();
    }
}
