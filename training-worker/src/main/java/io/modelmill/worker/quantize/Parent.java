package io.modelmill.worker.quantize;

import io.modelmill.worker.data.Inherited;
import io.modelmill.worker.text.TokenizerFile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
    private static final String HELD_OUT_ROWS = "held-out-rows.json";

    public Parent {
        files = Map.copyOf(files);
        classLabels = List.copyOf(classLabels);
    }

    /**
     * What rows take over from it: which are held out, if they are the rows that it learned from, and how texts are cut.
     *
     * @param measured resource name of the rows
     */
    public Inherited inherited(String measured) {
        Optional<byte[]> heldOut =
                dataset.equals(measured) ? Optional.ofNullable(files.get(HELD_OUT_ROWS)) : Optional.empty();
        return new Inherited(heldOut.flatMap(Parent::numbers), Optional.ofNullable(files.get(TokenizerFile.NAME)));
    }

    /** Empty for a file of another form: whoever brought the version may mean something else by the name. */
    private static Optional<long[]> numbers(byte[] json) {
        String text = new String(json, StandardCharsets.UTF_8).strip();
        if (!text.startsWith("[") || !text.endsWith("]")) {
            return Optional.empty();
        }
        String list = text.substring(1, text.length() - 1).strip();
        try {
            return Optional.of(
                    list.isEmpty()
                            ? new long[0]
                            : Arrays.stream(list.split(",", -1))
                                    .mapToLong(number -> Long.parseLong(number.strip()))
                                    .toArray());
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
