package io.modelmill.registry.validation;

import java.util.List;

/** Inputs and outputs of a graph, in its order. */
public record ModelSignature(List<TensorSpec> inputs, List<TensorSpec> outputs) {
    public ModelSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
