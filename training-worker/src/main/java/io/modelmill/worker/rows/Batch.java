package io.modelmill.worker.rows;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Some rows as tensors, which belong to the {@code PointerScope} in which they were made; the batch's axis is first.
 *
 * @param inputs one for each of {@link InputStage}'s, in their order
 * @param target as {@link Answers} says; without axes and values where the task's target is its input
 */
public record Batch(List<Tensor> inputs, Tensor target) {
    public Batch {
        inputs = List.copyOf(inputs);
    }
}
