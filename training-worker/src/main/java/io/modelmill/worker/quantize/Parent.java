package io.modelmill.worker.quantize;

import io.modelmill.worker.data.HeldOutRows;
import io.modelmill.worker.data.Inherited;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.text.TokenizerFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The version that is quantised.
 *
 * @param name resource name
 * @param dataset resource name of the rows that it learned from; empty if nobody knows
 * @param onnx bytes of its graph
 * @param files bytes of its other files, by path
 * @param classLabels its classes; empty if it is no classifier
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record Parent(String name, String dataset, byte[] onnx, Map<String, byte[]> files, List<String> classLabels) {
    public Parent {
        files = Map.copyOf(files);
        classLabels = List.copyOf(classLabels);
    }

    /**
     * What rows take over from it: which are held out, if they are the rows that it learned from, and how texts are cut.
     *
     * @param measured resource name of the rows
     * @throws JobFailedException when nobody can read which rows it held out: others may have trained it
     */
    public Inherited inherited(String measured) {
        Optional<byte[]> heldOut =
                dataset.equals(measured) ? Optional.ofNullable(files.get(HeldOutRows.NAME)) : Optional.empty();
        return new Inherited(heldOut.map(HeldOutRows::read), Optional.ofNullable(files.get(TokenizerFile.NAME)));
    }
}
