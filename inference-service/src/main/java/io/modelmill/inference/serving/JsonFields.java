package io.modelmill.inference.serving;

import com.fasterxml.jackson.databind.JsonNode;
import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One object of a JSON file. Every field may be missing; one that is there must be right, and one that nobody asked for is
 * a mistake, most often a misspelt one. All mistakes are noted by their path.
 */
final class JsonFields {
    private final JsonNode object;
    private final String path;
    private final Violations violations;
    private final TreeSet<String> known = new TreeSet<>();

    /** @param path of the object, empty for the whole file */
    JsonFields(JsonNode object, String path, Violations violations) {
        this.object = object;
        this.path = path;
        this.violations = violations;
        if (!object.isObject()) {
            violations.add(path.isEmpty() ? "the file" : path, shown(object), "an object");
        }
    }

    /** To be called after all fields were read. */
    void refuseOthers() {
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                violations.add(at(name), shown(object.path(name)), "no such field, but one of " + known);
            }
        });
    }

    OptionalInt integer(String name, int least, int most) {
        OptionalLong value = whole(name, least, most);
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    OptionalLong whole(String name, long least, long most) {
        Optional<JsonNode> value = field(name);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!isWhole(value.get(), least, most)) {
            refuse(name, value.get(), "a whole number from " + least + " to " + most);
            return OptionalLong.empty();
        }
        return OptionalLong.of(value.get().longValue());
    }

    Optional<Boolean> truth(String name) {
        return field(name).flatMap(value -> {
            if (!value.isBoolean()) {
                refuse(name, value, "true or false");
                return Optional.empty();
            }
            return Optional.of(value.booleanValue());
        });
    }

    /** A text that is not empty. */
    Optional<String> text(String name) {
        return field(name).flatMap(value -> {
            if (!isText(value)) {
                refuse(name, value, "a text");
                return Optional.empty();
            }
            return Optional.of(value.textValue());
        });
    }

    <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        return field(name).flatMap(value -> {
            for (E constant : type.getEnumConstants()) {
                if (constant.name().equals(value.textValue())) {
                    return Optional.of(constant);
                }
            }
            refuse(name, value, "one of " + List.of(type.getEnumConstants()));
            return Optional.empty();
        });
    }

    /** Whole numbers, each higher than the one before; empty if the field is missing or wrong. */
    List<Integer> ascending(String name, int least, int most, int longest) {
        String expected =
                "at most " + longest + " whole numbers from " + least + " to " + most + ", each higher than the last";
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode value : elements(name, longest, expected)) {
            int above = numbers.isEmpty() ? least : numbers.getLast() + 1;
            if (!isWhole(value, above, most)) {
                refuse(name + "[" + numbers.size() + "]", value, expected);
                return List.of();
            }
            numbers.add(value.intValue());
        }
        return numbers;
    }

    /** Texts that are not empty; empty if the field is missing or wrong. */
    List<String> texts(String name, int longest) {
        String expected = "at most " + longest + " texts";
        List<String> texts = new ArrayList<>();
        for (JsonNode value : elements(name, longest, expected)) {
            if (!isText(value)) {
                refuse(name + "[" + texts.size() + "]", value, "a text");
                return List.of();
            }
            texts.add(value.textValue());
        }
        return texts;
    }

    /** A number for each name; empty if the field is missing or wrong. */
    Map<String, Double> numbers(String name) {
        Optional<JsonNode> object = field(name);
        Map<String, Double> numbers = new LinkedHashMap<>();
        if (object.isEmpty()) {
            return numbers;
        }
        if (!object.get().isObject()) {
            refuse(name, object.get(), "an object of numbers");
            return numbers;
        }
        object.get().properties().forEach(entry -> {
            if (entry.getValue().isNumber()) {
                numbers.put(entry.getKey(), entry.getValue().doubleValue());
            } else {
                refuse(name + "." + entry.getKey(), entry.getValue(), "a number");
            }
        });
        return numbers;
    }

    /** An object in this one. */
    <T> Optional<T> object(String name, Function<JsonFields, T> reader) {
        return field(name).map(value -> {
            JsonFields fields = new JsonFields(value, at(name), violations);
            T read = reader.apply(fields);
            if (value.isObject()) {
                fields.refuseOthers();
            }
            return read;
        });
    }

    /** Notes a field that is there and wrong, or missing and needed. */
    void refuse(String name, Object offending, String expected) {
        violations.add(at(name), offending instanceof JsonNode node ? shown(node) : offending, expected);
    }

    private Iterable<JsonNode> elements(String name, int longest, String expected) {
        Optional<JsonNode> array = field(name);
        if (array.isEmpty()) {
            return List.of();
        }
        if (!array.get().isArray() || array.get().size() > longest) {
            refuse(name, array.get(), expected);
            return List.of();
        }
        return array.get();
    }

    private Optional<JsonNode> field(String name) {
        known.add(name);
        return Optional.ofNullable(object.get(name));
    }

    private static boolean isWhole(JsonNode value, long least, long most) {
        return value.isIntegralNumber()
                && value.canConvertToLong()
                && value.longValue() >= least
                && value.longValue() <= most;
    }

    private static boolean isText(JsonNode value) {
        return value.isTextual() && !value.textValue().isEmpty();
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** As it stands in the file, cut when long. */
    private static Object shown(JsonNode value) {
        if (value.isTextual()) {
            return value.textValue();
        }
        String text = value.toString();
        return new Literal(text.length() <= 120 ? text : text.substring(0, 120) + "...");
    }

    /** Shown without quotes. */
    private record Literal(String text) {
        @Override
        public String toString() {
            return text;
        }
    }
}
