package io.modelmill.fleet.backup;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.modelmill.fleet.installation.FleetException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Takes the fields of a JSON object; one that is missing or has another form is refused with its place. */
final class JsonFields {
    private final JsonObject object;
    private final String place;

    JsonFields(JsonObject object, String place) {
        this.object = object;
        this.place = place;
    }

    boolean has(String name) {
        return object.has(name);
    }

    String text(String name, Pattern form, String expected) {
        JsonElement value = value(name, expected);
        if (value instanceof JsonPrimitive primitive
                && primitive.isString()
                && form.matcher(primitive.getAsString()).matches()) {
            return primitive.getAsString();
        }
        throw wrong(at(name), value, expected);
    }

    /** A whole number. */
    long number(String name, long least, long most) {
        String expected = least + " to " + most;
        JsonElement value = value(name, expected);
        if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
            try {
                long number = Long.parseLong(primitive.getAsString());
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw wrong(at(name), value, expected);
            }
        }
        throw wrong(at(name), value, expected);
    }

    boolean truth(String name) {
        JsonElement value = value(name, "true or false");
        if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
            return primitive.getAsBoolean();
        }
        throw wrong(at(name), value, "true or false");
    }

    JsonFields fields(String name) {
        JsonElement value = value(name, "an object");
        if (value instanceof JsonObject inner) {
            return new JsonFields(inner, at(name));
        }
        throw wrong(at(name), value, "an object");
    }

    <T> List<T> list(String name, Function<JsonFields, T> element) {
        JsonElement value = value(name, "a list of objects");
        if (!value.isJsonArray()) {
            throw wrong(at(name), value, "a list of objects");
        }
        List<T> list = new ArrayList<>();
        for (JsonElement each : value.getAsJsonArray()) {
            String where = at(name) + "[" + list.size() + "]";
            if (!(each instanceof JsonObject inner)) {
                throw wrong(where, each, "an object");
            }
            list.add(element.apply(new JsonFields(inner, where)));
        }
        return list;
    }

    List<String> texts(String name) {
        JsonElement value = value(name, "a list of texts");
        if (!value.isJsonArray()) {
            throw wrong(at(name), value, "a list of texts");
        }
        List<String> texts = new ArrayList<>();
        for (JsonElement each : value.getAsJsonArray()) {
            if (!(each instanceof JsonPrimitive primitive) || !primitive.isString()) {
                throw wrong(at(name) + "[" + texts.size() + "]", each, "text");
            }
            texts.add(primitive.getAsString());
        }
        return texts;
    }

    private JsonElement value(String name, String expected) {
        JsonElement value = object.get(name);
        if (value == null) {
            throw new FleetException(at(name) + ": missing (expected: " + expected + ")");
        }
        return value;
    }

    private String at(String name) {
        return place.endsWith(": ") ? place + name : place + "." + name;
    }

    private static FleetException wrong(String where, JsonElement value, String expected) {
        return new FleetException(where + ": " + value + " (expected: " + expected + ")");
    }
}
