package io.modelmill.benchmarks.model;

import java.util.List;

/**
 * One input of a request.
 *
 * @param name in the graph
 * @param datatype {@code FP32} or {@code INT64}
 * @param shape of one row: its first axis is 1
 * @param raw its values, little-endian; taken as it is
 */
public record Input(String name, String datatype, List<Long> shape, byte[] raw) {
    public Input {
        shape = List.copyOf(shape);
    }
}
