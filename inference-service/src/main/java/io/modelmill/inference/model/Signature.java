package io.modelmill.inference.model;

import java.util.List;
import java.util.Optional;

/** Inputs and outputs of a graph, in its order. */
public record Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {
    /** Not known before the graph is loaded. Every graph has an output, so no known signature equals it. */
    public static final Signature UNREAD = new Signature(List.of(), List.of());

    public Signature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Whether it is known. */
    public boolean isRead() {
        return !outputs.isEmpty();
    }

    public Optional<TensorSpec> input(String name) {
        return find(inputs, name);
    }

    public Optional<TensorSpec> output(String name) {
        return find(outputs, name);
    }

    private static Optional<TensorSpec> find(List<TensorSpec> specs, String name) {
        // A loop, as every request asks for each of its tensors.
        for (TensorSpec spec : specs) {
            if (spec.name().equals(name)) {
                return Optional.of(spec);
            }
        }
        return Optional.empty();
    }
}
