package io.modelmill.worker.quantize;

/**
 * A constant matrix of a graph.
 *
 * @param values as they are stored, the last axis fastest
 * @param storedColumns length of the last axis as they are stored
 * @param transposed whether rows and columns change places
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
record FloatMatrix(float[] values, int storedColumns, boolean transposed) {
    int rows() {
        return transposed ? storedColumns : values.length / storedColumns;
    }

    int columns() {
        return transposed ? values.length / storedColumns : storedColumns;
    }

    float at(int row, int column) {
        return transposed ? values[column * storedColumns + row] : values[row * storedColumns + column];
    }

    /** Whether a scale can be found: infinite numbers and those that are none have none. */
    boolean isFinite() {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
