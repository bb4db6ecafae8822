package io.modelmill.benchmarks.runner;

import java.util.List;

/**
 * Asks for runs of a graph, one after the other.
 *
 * @param graph file of it
 * @param inputs of one row
 * @param rows of each run: the one row, repeated
 * @param warmUpSeconds not counted
 * @param seconds counted
 */
public record RunOrder(String graph, List<Fed> inputs, int rows, double warmUpSeconds, double seconds) {
    /**
     * One input.
     *
     * @param datatype {@code FP32} or {@code INT64}
     * @param shape of one row
     * @param raw file of the row's values, little-endian
     */
    public record Fed(String name, String datatype, List<Long> shape, String raw) {}
}
