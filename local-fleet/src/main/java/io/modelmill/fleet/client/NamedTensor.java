package io.modelmill.fleet.client;

import java.util.List;

/**
 * An input or output of a prediction.
 *
 * @param datatype of the Open Inference Protocol, such as {@code FP32}
 * @param shape the batch's axis first
 * @param numbers the last axis fastest; empty for texts
 * @param texts of {@code BYTES}, likewise
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record NamedTensor(String name, String datatype, List<Long> shape, double[] numbers, List<String> texts) {
    public NamedTensor {
        shape = List.copyOf(shape);
        texts = List.copyOf(texts);
    }

    /** Number of values, by the shape. */
    public long size() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    }
}
