package io.modelmill.registry.search;

import java.util.HashMap;
import java.util.Map;

/** Values of a statement that grows; each gets a name of its own. */
final class SqlBindings {
    private final Map<String, Object> values = new HashMap<>();

    /** The value's place in the statement. */
    String add(Object value) {
        String name = "p" + values.size();
        values.put(name, value);
        return ":" + name;
    }

    Map<String, Object> values() {
        return Map.copyOf(values);
    }
}
