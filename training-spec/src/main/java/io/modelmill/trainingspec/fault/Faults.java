package io.modelmill.trainingspec.fault;

import java.util.ArrayList;
import java.util.List;

/** Collects all that is wrong with a spec, so that one answer tells it. */
public final class Faults {
    private final List<Fault> found;
    private final String path;

    private Faults(List<Fault> found, String path) {
        this.found = found;
        this.path = path;
    }

    /** For a whole spec. */
    public static Faults ofSpec() {
        return new Faults(new ArrayList<>(), "");
    }

    /** The same collection, for what is below a field. */
    public Faults below(String field) {
        return new Faults(found, path(field));
    }

    /** The same collection, for what is below an entry of a list. */
    public Faults below(String field, int index) {
        return below(field + "[" + index + "]");
    }

    /** Notes the field unless the condition holds, and answers whether it does. */
    public boolean check(boolean condition, String field, Object offending, String expected) {
        if (!condition) {
            add(field, offending, expected);
        }
        return condition;
    }

    /** Notes a wrong field. */
    public void add(String field, Object offending, String expected) {
        found.add(new Fault(path(field), offending, expected));
    }

    /** Whether nothing was wrong so far. */
    public boolean isEmpty() {
        return found.isEmpty();
    }

    /** In the order in which they were noted. */
    public List<Fault> found() {
        return List.copyOf(found);
    }

    private String path(String field) {
        return path.isEmpty() || field.isEmpty() ? path + field : path + "." + field;
    }
}
