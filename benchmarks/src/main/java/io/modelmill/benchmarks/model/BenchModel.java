package io.modelmill.benchmarks.model;

import java.util.List;

/**
 * A model to measure.
 *
 * @param name a folder of the model repository
 * @param graph ONNX; taken as it is
 * @param inputs one row
 */
public record BenchModel(String name, byte[] graph, List<Input> inputs) {
    public BenchModel {
        inputs = List.copyOf(inputs);
    }

    /** The same under another name. */
    public BenchModel named(String other) {
        return new BenchModel(other, graph, inputs);
    }
}
