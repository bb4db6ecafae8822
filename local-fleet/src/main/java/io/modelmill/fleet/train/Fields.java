package io.modelmill.fleet.train;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Takes the fields of a table one by one; what nobody asked for is a fault. */
final class Fields {
    private final Tree.Table table;
    private final String path;
    private final Faults faults;
    private final Set<String> known = new LinkedHashSet<>();

    Fields(Tree.Table table, String path, Faults faults) {
        this.table = table;
        this.path = path;
        this.faults = faults;
    }

    /** The value of a field, if it is there. */
    Optional<Tree> value(String name) {
        known.add(name);
        return Optional.ofNullable(table.entries().get(name)).filter(value -> !(value instanceof Tree.Nothing));
    }

    /** The table of a field; empty if it is not there. */
    Optional<Fields> fields(String name) {
        return value(name).flatMap(value -> {
            if (value instanceof Tree.Table inner) {
                return Optional.of(new Fields(inner, at(name), faults));
            }
            faults.expected(value, at(name), "fields");
            return Optional.empty();
        });
    }

    /** Text; empty if it is not there. */
    Optional<String> text(String name) {
        return value(name).flatMap(value -> text(value, at(name)));
    }

    /** Text of a form; empty if it is not there. */
    Optional<String> text(String name, Pattern form) {
        return text(name).filter(text -> {
            if (form.matcher(text).matches()) {
                return true;
            }
            faults.add(table.lineOf(name), at(name), "\"" + text + "\" (expected: " + form + ")");
            return false;
        });
    }

    /** A list of texts; empty if it is not there. */
    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        value(name).ifPresent(value -> {
            if (value instanceof Tree.Items items) {
                for (int i = 0; i < items.values().size(); i++) {
                    text(items.values().get(i), at(name) + "[" + i + "]").ifPresent(texts::add);
                }
            } else {
                faults.expected(value, at(name), "a list of texts");
            }
        });
        return texts;
    }

    /** A number; empty if it is not there. */
    Optional<Double> number(String name) {
        return value(name).flatMap(value -> {
            if (value instanceof Tree.Number number) {
                return Optional.of(number.value().doubleValue());
            }
            faults.expected(value, at(name), "a number");
            return Optional.empty();
        });
    }

    /** Notes a fault unless the field is there. */
    void require(String name, String expected) {
        if (!table.entries().containsKey(name) || table.entries().get(name) instanceof Tree.Nothing) {
            faults.add(table.lineOf(name), at(name), "missing (expected: " + expected + ")");
        }
    }

    /** Notes a fault of a field's value. */
    void fault(String name, String what) {
        faults.add(table.lineOf(name), at(name), what);
    }

    /** All entries, whatever their names. */
    Map<String, Tree> all() {
        known.addAll(table.entries().keySet());
        return table.entries();
    }

    /** Where a field is, for a message. */
    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Notes what nobody asked for. */
    void refuseOthers() {
        for (String name : table.entries().keySet()) {
            if (!known.contains(name)) {
                faults.add(table.lineOf(name), at(name), "unknown (expected: one of " + String.join(", ", known) + ")");
            }
        }
    }

    private Optional<String> text(Tree value, String place) {
        if (value instanceof Tree.Text text && !text.value().isBlank()) {
            return Optional.of(text.value());
        }
        faults.expected(value, place, "text");
        return Optional.empty();
    }
}
