package io.modelmill.worker.json;

import com.google.gson.FormattingStyle;
import com.google.gson.stream.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Files of a version as bytes of JSON in UTF-8. Half of a surrogate pair, which UTF-8 does not have, becomes a question mark. */
public final class JsonBytes {
    /** All on one line, with a space behind each comma and colon. */
    public static final FormattingStyle LINE = FormattingStyle.COMPACT.withSpaceAfterSeparators(true);

    private JsonBytes() {}

    /** What a file says. */
    @FunctionalInterface
    public interface Content {
        /** Writes one value. */
        void write(JsonWriter json) throws IOException;
    }

    /**
     * Writes a file, piece by piece: no tree of it is ever in memory.
     *
     * @param end what follows the value: a line break, or nothing
     */
    public static byte[] write(FormattingStyle style, String end, Content content) {
        var bytes = new ByteArrayOutputStream();
        try (var text = new OutputStreamWriter(bytes, StandardCharsets.UTF_8);
                var json = new JsonWriter(text)) {
            json.setFormattingStyle(style);
            content.write(json);
            json.flush();
            text.write(end);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
