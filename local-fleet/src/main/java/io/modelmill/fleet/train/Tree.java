package io.modelmill.fleet.train;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a YAML or JSON file says, each value with its line. */
sealed interface Tree {
    /** Line of the file, from 1. */
    int line();

    /** The value for a message. */
    String shown();

    /** The same as JSON. */
    JsonElement json();

    /**
     * This value where another file or part of one has something to say: tables are laid over each other entry by entry, and
     * an entry that is null takes away what was there; all else is replaced.
     */
    default Tree overlaidBy(Tree other) {
        return other;
    }

    /**
     * Values by name, in the file's order.
     *
     * @param lines line of each name
     */
    record Table(int line, Map<String, Tree> entries, Map<String, Integer> lines) implements Tree {
        public Table {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
            lines = Map.copyOf(lines);
        }

        int lineOf(String name) {
            return lines.getOrDefault(name, line);
        }

        @Override
        public String shown() {
            return "fields";
        }

        @Override
        public JsonElement json() {
            JsonObject object = new JsonObject();
            entries.forEach((name, value) -> object.add(name, value.json()));
            return object;
        }

        @Override
        public Tree overlaidBy(Tree other) {
            if (!(other instanceof Table table)) {
                return other;
            }
            Map<String, Tree> merged = new LinkedHashMap<>(entries);
            Map<String, Integer> mergedLines = new LinkedHashMap<>(lines);
            table.entries().forEach((name, value) -> {
                mergedLines.put(name, table.lineOf(name));
                if (value instanceof Nothing) {
                    merged.remove(name);
                } else {
                    merged.merge(name, value, Tree::overlaidBy);
                }
            });
            return new Table(line, merged, mergedLines);
        }
    }

    /** Values in order. */
    record Items(int line, List<Tree> values) implements Tree {
        public Items {
            values = List.copyOf(values);
        }

        @Override
        public String shown() {
            return "a list";
        }

        @Override
        public JsonElement json() {
            JsonArray array = new JsonArray();
            new ArrayList<>(values).forEach(value -> array.add(value.json()));
            return array;
        }
    }

    /** Text. */
    record Text(int line, String value) implements Tree {
        @Override
        public String shown() {
            return "\"" + value + "\"";
        }

        @Override
        public JsonElement json() {
            return new JsonPrimitive(value);
        }
    }

    /** A finite number. */
    record Number(int line, BigDecimal value) implements Tree {
        @Override
        public String shown() {
            return value.toString();
        }

        @Override
        public JsonElement json() {
            return new JsonPrimitive(value);
        }
    }

    /** True or false. */
    record Flag(int line, boolean value) implements Tree {
        @Override
        public String shown() {
            return Boolean.toString(value);
        }

        @Override
        public JsonElement json() {
            return new JsonPrimitive(value);
        }
    }

    /** Null, or nothing behind a name. */
    record Nothing(int line) implements Tree {
        @Override
        public String shown() {
            return "nothing";
        }

        @Override
        public JsonElement json() {
            return JsonNull.INSTANCE;
        }
    }
}
