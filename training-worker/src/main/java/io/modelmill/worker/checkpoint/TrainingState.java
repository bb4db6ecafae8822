package io.modelmill.worker.checkpoint;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * All that training carries from one step to the next.
 *
 * @param digest of what steps depend on beside the state: another spec or other data make another
 * @param epoch epochs done
 * @param step steps done since the start of training
 * @param numbers by name, such as the sum of losses of the running epoch
 * @param tensors 32-bit floats by name, contiguous; views of what is trained, or of the scope in which they were read
 */
public record TrainingState(
        String digest, int epoch, long step, Map<String, Double> numbers, Map<String, Tensor> tensors) {
    public TrainingState {
        numbers = Map.copyOf(numbers);
        tensors = Map.copyOf(tensors);
    }

    /** The number of a name that every state has. */
    public double number(String name) {
        Double number = numbers.get(name);
        if (number == null) {
            throw new BadCheckpointException("the checkpoint has no number `%s`".formatted(name));
        }
        return number;
    }

    /** Copies the tensor of a name into one of the same size. */
    public void copy(String name, Tensor target) {
        Tensor tensor = tensors.get(name);
        if (tensor == null || tensor.numel() != target.numel()) {
            throw new BadCheckpointException("the checkpoint has %s of `%s` (expected: %d)"
                    .formatted(tensor == null ? "nothing" : tensor.numel() + " values", name, target.numel()));
        }
        target.copy_(tensor.view(target.shape()));
    }
}
