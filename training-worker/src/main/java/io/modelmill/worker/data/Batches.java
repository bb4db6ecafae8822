package io.modelmill.worker.data;

import io.modelmill.worker.store.Records;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Copies rows from disk straight into the memory of tensors. */
final class Batches {
    private Batches() {}

    /** A tensor of some rows, their axes behind the batch's, in the caller's scope. */
    static Tensor gather(Records records, torch.ScalarType type, long[] rows, List<Long> axes) {
        Tensor tensor = torch.empty(shape(rows.length, axes), new TensorOptions(type), new MemoryFormatOptional());
        records.gather(rows, memory(tensor, rows.length * records.stride()));
        return tensor;
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
