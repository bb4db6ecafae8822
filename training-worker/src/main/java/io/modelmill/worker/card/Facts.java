package io.modelmill.worker.card;

import com.google.gson.FormattingStyle;
import com.google.gson.stream.JsonWriter;
import io.modelmill.worker.json.JsonBytes;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Maps, collections, texts, numbers, truths and nulls as a file of JSON that people can read too. A number that is not finite
 * becomes null, for JSON has none.
 */
final class Facts {
    private Facts() {}

    static byte[] json(@Nullable Object facts) {
        return JsonBytes.write(FormattingStyle.PRETTY, "\n", json -> write(json, facts));
    }

    private static void write(JsonWriter json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.nullValue();
            case Map<?, ?> map -> object(json, map);
            case Collection<?> list -> array(json, list);
            case Double number when !Double.isFinite(number) -> json.nullValue();
            case Float number when !Float.isFinite(number) -> json.nullValue();
            case Number number -> json.value(number);
            case Boolean truth -> json.value(truth);
            default -> json.value(value.toString());
        }
    }

    private static void object(JsonWriter json, Map<?, ?> map) throws IOException {
        json.beginObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            json.name(String.valueOf(entry.getKey()));
            write(json, entry.getValue());
        }
        json.endObject();
    }

    /** Numbers on one line, as the rows of a confusion matrix, all else on lines of their own. */
    private static void array(JsonWriter json, Collection<?> list) throws IOException {
        FormattingStyle around = json.getFormattingStyle();
        json.beginArray();
        if (list.stream().allMatch(Number.class::isInstance)) {
            json.setFormattingStyle(JsonBytes.LINE);
        }
        for (Object entry : list) {
            write(json, entry);
        }
        json.endArray();
        json.setFormattingStyle(around);
    }
}
