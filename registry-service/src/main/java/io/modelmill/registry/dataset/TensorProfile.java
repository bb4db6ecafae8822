package io.modelmill.registry.dataset;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.RowCursor;
import java.lang.foreign.MemorySegment;

/** Reads the rows of a column of tensors, which must all be numbers. */
final class TensorProfile {
    private final DatasetColumn column;
    private final int index;
    private final MemorySegment values;

    TensorProfile(DatasetColumn column, int index) {
        this.column = column;
        this.index = index;
        int size = Math.toIntExact(column.size());
        this.values = isBytes() ? MemorySegment.ofArray(new byte[size]) : MemorySegment.ofArray(new float[size]);
    }

    String name() {
        return column.name();
    }

    /** Throws {@link io.modelmill.dataset.BadDataException} if a value is no finite number. */
    void read(RowCursor row) {
        row.tensor(index, values);
    }

    Column finish() {
        return Column.tensor(column.name(), column.shape(), isBytes() ? "UINT8" : "FP32");
    }

    private boolean isBytes() {
        return column.type() == DatasetColumn.Type.BYTES;
    }
}
