package io.modelmill.inference.session;

import io.modelmill.inference.model.Datatype;
import java.util.List;

/**
 * One input of a run.
 *
 * @param shape axes, all known
 */
public record InputTensor(String name, Datatype datatype, List<Long> shape, TensorContent content) {
    public InputTensor {
        shape = List.copyOf(shape);
    }
}
