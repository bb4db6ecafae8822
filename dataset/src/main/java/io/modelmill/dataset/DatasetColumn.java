package io.modelmill.dataset;

import java.util.List;

/**
 * One column of a data set.
 *
 * @param shape axes of a tensor's row, the last fastest; empty for all else
 */
public record DatasetColumn(String name, Type type, List<Long> shape) {
    public DatasetColumn {
        shape = List.copyOf(shape);
    }

    /** Values of a row. */
    public long size() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** What stands in a column. */
    public enum Type {
        /** Text, which may be a number's: cells of a table do not tell. */
        CELL,
        /** A number. */
        NUMBER,
        /** A tensor of bytes, 0 to 255. */
        BYTES,
        /** A tensor of 32-bit floats. */
        FLOATS
    }
}
