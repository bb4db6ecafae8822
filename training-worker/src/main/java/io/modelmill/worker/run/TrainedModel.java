package io.modelmill.worker.run;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a training run made.
 *
 * @param onnx bytes of the model
 * @param heldOutRows rows that did not train, from 0 in the file's order, rising
 * @param samples some rows with the trainer's answers, as {@code SampleAnswers} writes them
 * @param classLabels names of the classes by index of the output's last axis; empty for numbers
 * @param metrics measures on the held-out rows, and {@code export_max_abs_difference}
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record TrainedModel(
        byte[] onnx, int[] heldOutRows, byte[] samples, List<String> classLabels, Map<String, Double> metrics) {
    /** The held-out rows as a JSON array. */
    public byte[] heldOutRowsJson() {
        return Arrays.toString(heldOutRows).getBytes(StandardCharsets.UTF_8);
    }
}
