package io.modelmill.training.job;

import io.modelmill.training.storage.Json;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Values for columns of one row. */
final class JobChange {
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();
    private final Set<String> json = new HashSet<>();

    JobChange set(String column, @Nullable Object value) {
        values.put(column, value);
        return this;
    }

    JobChange setTime(String column, Instant time) {
        return set(column, Timestamp.from(time));
    }

    JobChange setJson(String column, Object value) {
        json.add(column);
        return set(column, Json.write(value));
    }

    Map<String, @Nullable Object> values() {
        return values;
    }

    boolean isJson(String column) {
        return json.contains(column);
    }
}
