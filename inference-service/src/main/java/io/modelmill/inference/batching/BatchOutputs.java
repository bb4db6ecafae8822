package io.modelmill.inference.batching;

import io.modelmill.inference.session.OutputTensor;
import java.util.ArrayList;
import java.util.List;

/** Each request's rows of a run's outputs, as views on the run's memory. */
final class BatchOutputs {
    private BatchOutputs() {}

    /** Whether every output has the rows of the batch, and its length where it is to be cut. */
    static boolean fit(Batch batch, List<OutputTensor> outputs) {
        for (int index = 0; index < outputs.size(); index++) {
            List<Long> shape = outputs.get(index).shape();
            if (shape.isEmpty() || shape.getFirst() != batch.rows) {
                return false;
            }
        }
        Padder padder = batch.batcher.padder();
        return batch.length == 0 || padder == null || padder.canCut(outputs, batch.length);
    }

    /**
     * The request's outputs, cut to its own length if the batch was padded.
     *
     * @param at row of the run at which the request's begin
     */
    static List<OutputTensor> slice(Batch batch, QueuedRequest request, List<OutputTensor> outputs, int at) {
        Padder padder = batch.length == 0 ? null : batch.batcher.padder();
        List<OutputTensor> slices = new ArrayList<>(outputs.size());
        for (int index = 0; index < outputs.size(); index++) {
            OutputTensor rows = outputs.get(index).rows(at, request.rows);
            slices.add(padder == null ? rows : padder.cut(rows, request.length));
        }
        return slices;
    }
}
