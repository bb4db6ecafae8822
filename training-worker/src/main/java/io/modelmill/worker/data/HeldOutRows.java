package io.modelmill.worker.data;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.json.JsonBytes;
import io.modelmill.worker.store.Records;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.LongStream;

/** The file that names the rows that did not train: an array of their numbers, from 0 in the data set's order. */
public final class HeldOutRows {
    /** Its name among a version's files. */
    public static final String NAME = "held-out-rows.json";

    private HeldOutRows() {}

    /** @param numbers of the rows, a 64-bit integer each */
    static Map<String, byte[]> file(Records numbers) {
        return Map.of(NAME, JsonBytes.write(JsonBytes.LINE, "", json -> {
            json.beginArray();
            for (long row = 0; row < numbers.count(); row++) {
                json.value(numbers.longAt(row, 0));
            }
            json.endArray();
        }));
    }

    /**
     * Reads the numbers of a parent's file; whether the data set has such rows is for others to check.
     *
     * @throws JobFailedException when the file is no array of whole numbers
     */
    public static long[] read(byte[] file) {
        String text = new String(file, StandardCharsets.UTF_8);
        var json = new JsonReader(new StringReader(text));
        json.setStrictness(Strictness.STRICT);
        try {
            return numbers(json);
        } catch (NumberFormatException e) {
            throw refused(text, json.getPreviousPath());
        } catch (IOException | IllegalStateException e) {
            throw refused(text, json.getPath());
        }
    }

    private static JobFailedException refused(String text, String place) {
        return new JobFailedException(
                "the parent's %s: %s at %s (expected: numbers of rows that did not train it, such as [3, 17])"
                        .formatted(NAME, Quotes.quote(text), place));
    }

    private static long[] numbers(JsonReader json) throws IOException {
        LongStream.Builder numbers = LongStream.builder();
        json.beginArray();
        while (json.hasNext()) {
            if (json.peek() != JsonToken.NUMBER) {
                throw new IllegalStateException("no number");
            }
            // The reader's own long is the nearest one of a number that is none.
            numbers.add(Long.parseLong(json.nextString()));
        }
        json.endArray();
        if (json.peek() != JsonToken.END_DOCUMENT) {
            throw new IllegalStateException("more than an array");
        }
        return numbers.build().toArray();
    }
}
