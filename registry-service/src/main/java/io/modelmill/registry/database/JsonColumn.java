package io.modelmill.registry.database;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * Values that a {@code json} column holds whole, because no query looks inside them.
 * Not {@code jsonb}, which refuses the character NUL that a tensor or a column may have in its name.
 */
public final class JsonColumn {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private JsonColumn() {}

    /** The value as text, to be bound with {@code CAST(:x AS json)}. */
    public static String write(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("no JSON: " + value.getClass(), e);
        }
    }

    /** The value of a column that {@link #write} filled. */
    public static <T> T read(String text, TypeReference<T> type) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("column does not hold " + type.getType(), e);
        }
    }
}
