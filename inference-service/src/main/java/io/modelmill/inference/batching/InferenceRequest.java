package io.modelmill.inference.batching;

import io.modelmill.inference.session.InputTensor;
import java.util.List;

/**
 * One caller's rows.
 *
 * @param tenant whose share of the run threads it takes
 * @param inputs all of the graph's, which fit its signature
 * @param outputs names of the wanted ones, in the order of the answer
 * @param priority 1 is the highest; 0 is the model's default
 * @param deadlineNanos {@link System#nanoTime} after which the answer is worthless; {@link #NO_DEADLINE} for none
 */
public record InferenceRequest(
        String tenant, List<InputTensor> inputs, List<String> outputs, long priority, long deadlineNanos) {
    /** The answer is never worthless. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    public InferenceRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
