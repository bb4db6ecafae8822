package io.modelmill.worker.export;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonWriter;
import io.modelmill.worker.json.JsonBytes;
import io.modelmill.worker.rows.Feed;
import java.io.IOException;
import java.util.List;

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
        return JsonBytes.write(JsonBytes.LINE, "\n", json -> {
            // A missing number is fed as NaN, which strict JSON cannot say and null would not be: readers take it as it
            // is.
            json.setStrictness(Strictness.LENIENT);
            json.beginObject();
            tensors(json.name("inputs"), inputs);
            tensors(json.name("outputs"), outputs);
            json.endObject();
        });
    }

    private static void tensors(JsonWriter json, List<Feed> feeds) throws IOException {
        json.beginArray();
        for (Feed feed : feeds) {
            tensor(json, feed);
        }
        json.endArray();
    }

    private static void tensor(JsonWriter json, Feed feed) throws IOException {
        switch (feed.values()) {
            case float[] numbers -> {
                begin(json, feed, "FP32");
                for (float number : numbers) {
                    json.value(number);
                }
            }
            case long[] numbers -> {
                begin(json, feed, "INT64");
                for (long number : numbers) {
                    json.value(number);
                }
            }
            case byte[] numbers -> {
                begin(json, feed, "UINT8");
                for (byte number : numbers) {
                    json.value(Byte.toUnsignedInt(number));
                }
            }
            case String[] texts -> {
                begin(json, feed, "BYTES");
                for (String text : texts) {
                    json.value(text);
                }
            }
            default ->
                throw new IllegalArgumentException("values of " + feed.values().getClass());
        }
        json.endArray().endObject();
    }

    /** All of a tensor before its values. */
    private static void begin(JsonWriter json, Feed feed, String datatype) throws IOException {
        json.beginObject().name("name").value(feed.input()).name("datatype").value(datatype);
        json.name("shape").beginArray();
        for (long size : feed.shape()) {
            json.value(size);
        }
        json.endArray().name("data").beginArray();
    }
}
