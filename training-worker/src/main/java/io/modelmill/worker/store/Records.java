package io.modelmill.worker.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** As many bytes of each row, one after another, in the machine's byte order. Reading beyond the rows throws. */
public final class Records implements Stored {
    private final MemorySegment memory;
    private final long stride;
    private final long count;

    Records(MemorySegment memory, long stride) {
        this.memory = memory;
        this.stride = stride;
        this.count = memory.byteSize() / stride;
    }

    @Override
    public long count() {
        return count;
    }

    /** All rows, one after another. */
    MemorySegment all() {
        return memory;
    }

    /** Bytes of a row. */
    public long stride() {
        return stride;
    }

    @Override
    public MemorySegment row(long row) {
        return memory.asSlice(row * stride, stride);
    }

    /** Copies some rows, one after another. */
    public void gather(long[] rows, MemorySegment target) {
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(memory, rows[i] * stride, target, i * stride, stride);
        }
    }

    /** Copies a row of 32-bit floats. */
    public void copy(long row, float[] target) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, row * stride, target, 0, target.length);
    }

    /** One of a row's bytes. */
    public byte byteAt(long row, long place) {
        return memory.get(ValueLayout.JAVA_BYTE, row * stride + place);
    }

    /** Changes one of a row's bytes. */
    public void set(long row, long place, byte value) {
        memory.set(ValueLayout.JAVA_BYTE, row * stride + place, value);
    }

    /** One of a row's 32-bit integers. */
    public int intAt(long row, long place) {
        return memory.get(ValueLayout.JAVA_INT, row * stride + place * Integer.BYTES);
    }

    /** One of a row's 32-bit floats. */
    public float floatAt(long row, long place) {
        return memory.get(ValueLayout.JAVA_FLOAT, row * stride + place * Float.BYTES);
    }

    /** One of a row's 64-bit integers. */
    public long longAt(long row, long place) {
        return memory.get(ValueLayout.JAVA_LONG, row * stride + place * Long.BYTES);
    }

    /** Changes one of a row's 64-bit integers. */
    public void set(long row, long place, long value) {
        memory.set(ValueLayout.JAVA_LONG, row * stride + place * Long.BYTES, value);
    }

    /** One of a row's 64-bit floats. */
    public double doubleAt(long row, long place) {
        return memory.get(ValueLayout.JAVA_DOUBLE, row * stride + place * Double.BYTES);
    }
}
