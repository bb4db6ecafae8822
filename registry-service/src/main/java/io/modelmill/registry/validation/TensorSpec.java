package io.modelmill.registry.validation;

import java.util.List;

/**
 * Name, element type and shape of one tensor of a graph.
 *
 * @param datatype of the Open Inference Protocol, such as {@code FP32}
 * @param shape axes in order; -1 is variable
 */
public record TensorSpec(String name, String datatype, List<Long> shape) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }
}
