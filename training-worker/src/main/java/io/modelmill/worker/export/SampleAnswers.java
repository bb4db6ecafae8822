package io.modelmill.worker.export;

import io.modelmill.worker.rows.Feed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Some rows with the answers that the trainer itself gives, as the version's file {@value #FILE}: {@code inputs} and
 * {@code outputs} as the Open Inference Protocol writes them in JSON, so that whoever serves the version can be compared with
 * whoever trained it.
 */
public final class SampleAnswers {
    /** The file of a version. */
    public static final String FILE = "samples.json";

    /** Rows of the file, if there are as many. */
    public static final int ROWS = 16;

    private SampleAnswers() {}

    /**
     * Writes the file.
     *
     * @param inputs rows as a caller sends them, one feed for each input of the graph
     * @param outputs the trainer's answers; here {@link Feed#input()} is the name of the output
     */
    public static byte[] json(List<Feed> inputs, List<Feed> outputs) {
        return "{\"inputs\": %s, \"outputs\": %s}\n"
                .formatted(tensors(inputs), tensors(outputs))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String tensors(List<Feed> feeds) {
        return feeds.stream().map(SampleAnswers::tensor).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String tensor(Feed feed) {
        String datatype;
        String data;
        switch (feed.values()) {
            case float[] numbers -> {
                datatype = "FP32";
                data = Arrays.toString(numbers);
            }
            case long[] numbers -> {
                datatype = "INT64";
                data = Arrays.toString(numbers);
            }
            case byte[] numbers -> {
                datatype = "UINT8";
                int[] unsigned = new int[numbers.length];
                Arrays.setAll(unsigned, i -> Byte.toUnsignedInt(numbers[i]));
                data = Arrays.toString(unsigned);
            }
            case String[] texts -> {
                datatype = "BYTES";
                data = Arrays.stream(texts).map(SampleAnswers::quoted).collect(Collectors.joining(", ", "[", "]"));
            }
            default ->
                throw new IllegalArgumentException("values of " + feed.values().getClass());
        }
        return "{\"name\": %s, \"datatype\": \"%s\", \"shape\": %s, \"data\": %s}"
                .formatted(quoted(feed.input()), datatype, Arrays.toString(feed.shape()), data);
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(letter -> {
            if (letter == '"' || letter == '\\') {
                json.append('\\').append((char) letter);
            } else if (letter < ' ') {
                json.append("\\u%04x".formatted(letter));
            } else {
                json.append((char) letter);
            }
        });
        return json.append('"').toString();
    }
}
