package io.modelmill.worker.card;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, collections, texts, numbers, truths and nulls as JSON. A number that is not finite becomes null. */
final class Json {
    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();

    private Json() {}

    static String write(@Nullable Object value) {
        var json = new Json();
        json.value(value, "");
        return json.text.append('\n').toString();
    }

    private void value(@Nullable Object value, String indent) {
        switch (value) {
            case null -> text.append("null");
            case Map<?, ?> map -> object(map, indent);
            case Collection<?> list -> array(list, indent);
            case Double number -> text.append(Double.isFinite(number) ? number.toString() : "null");
            case Float number -> text.append(Float.isFinite(number) ? number.toString() : "null");
            case Number number -> text.append(number);
            case Boolean truth -> text.append(truth);
            default -> string(value.toString());
        }
    }

    private void object(Map<?, ?> map, String indent) {
        if (map.isEmpty()) {
            text.append("{}");
            return;
        }
        String inner = indent + INDENT;
        String before = "{\n";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            text.append(before).append(inner);
            string(String.valueOf(entry.getKey()));
            text.append(": ");
            value(entry.getValue(), inner);
            before = ",\n";
        }
        text.append('\n').append(indent).append('}');
    }

    /** Numbers on one line, all else on lines of their own. */
    private void array(Collection<?> list, String indent) {
        boolean flat = list.stream().allMatch(Number.class::isInstance);
        String inner = flat ? "" : indent + INDENT;
        String before = flat ? "[" : "[\n";
        if (list.isEmpty()) {
            text.append('[');
        }
        for (Object entry : list) {
            text.append(before).append(inner);
            value(entry, inner);
            before = flat ? ", " : ",\n";
        }
        if (!flat) {
            text.append('\n').append(indent);
        }
        text.append(']');
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                // Half of a pair is no UTF-8; both halves are as good as the whole.
                text.append("\\u%04x".formatted((int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
