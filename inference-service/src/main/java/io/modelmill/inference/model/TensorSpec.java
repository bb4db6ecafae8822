package io.modelmill.inference.model;

import java.util.List;

/**
 * Name, element type and shape of one input or output.
 *
 * @param shape axes in order, -1 is variable; empty for a scalar and for a tensor of unknown rank alike, which ONNX
 *     Runtime does not tell apart
 */
public record TensorSpec(String name, Datatype datatype, List<Long> shape) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }

    /** Whether a tensor of the shape, whose axes are all known, fits. */
    public boolean accepts(List<Long> offered) {
        if (shape.isEmpty()) {
            return true;
        }
        if (offered.size() != shape.size()) {
            return false;
        }
        for (int axis = 0; axis < shape.size(); axis++) {
            if (shape.get(axis) >= 0 && !shape.get(axis).equals(offered.get(axis))) {
                return false;
            }
        }
        return true;
    }
}
