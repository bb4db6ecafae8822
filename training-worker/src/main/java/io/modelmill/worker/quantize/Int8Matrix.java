package io.modelmill.worker.quantize;

/**
 * A matrix of 8-bit integers and what each row or column of it is multiplied by to be what it was: symmetric, so that 0 stays 0
 * and no zero point is needed.
 *
 * @param values row by row, from -{@link #LIMIT} to {@link #LIMIT}
 * @param scales of the columns or rows, above 0
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
record Int8Matrix(byte[] values, float[] scales) {
    /**
     * Largest absolute value: seven bits. Processors without VNNI add two products of an unsigned and a signed byte in 16 bits,
     * where 2 x 255 x 127 does not fit and is cut: the same graph would answer differently from machine to machine. 2 x 255 x 64
     * fits.
     */
    static final int LIMIT = 64;

    /** With a scale of its own for each column, which is an output of a product with it. */
    static Int8Matrix byColumns(FloatMatrix matrix) {
        float[] largest = new float[matrix.columns()];
        for (int row = 0; row < matrix.rows(); row++) {
            for (int column = 0; column < matrix.columns(); column++) {
                largest[column] = Math.max(largest[column], Math.abs(matrix.at(row, column)));
            }
        }
        return of(matrix, largest, false, LIMIT);
    }

    /** With a scale of its own for each row, such as a token's vector. No product is made of it, so that all eight bits serve. */
    static Int8Matrix byRows(FloatMatrix matrix) {
        float[] largest = new float[matrix.rows()];
        for (int row = 0; row < matrix.rows(); row++) {
            for (int column = 0; column < matrix.columns(); column++) {
                largest[row] = Math.max(largest[row], Math.abs(matrix.at(row, column)));
            }
        }
        return of(matrix, largest, true, Byte.MAX_VALUE);
    }

    private static Int8Matrix of(FloatMatrix matrix, float[] largest, boolean byRows, int limit) {
        float[] scales = new float[largest.length];
        for (int i = 0; i < scales.length; i++) {
            // So small that its quotient would be 0: nothing but zeros, for which any scale will do.
            scales[i] = largest[i] / limit > 0 ? largest[i] / limit : 1;
        }
        byte[] values = new byte[Math.multiplyExact(matrix.rows(), matrix.columns())];
        for (int row = 0; row < matrix.rows(); row++) {
            for (int column = 0; column < matrix.columns(); column++) {
                float scale = scales[byRows ? row : column];
                int value = Math.round(matrix.at(row, column) / scale);
                values[row * matrix.columns() + column] = (byte) Math.clamp(value, -limit, limit);
            }
        }
        return new Int8Matrix(values, scales);
    }
}
