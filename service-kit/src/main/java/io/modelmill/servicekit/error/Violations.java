package io.modelmill.servicekit.error;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Collects every wrong field of a request, so that one answer tells them all. */
public final class Violations {
    private final List<FieldViolation> found = new ArrayList<>();

    /**
     * Notes the field unless the condition holds.
     *
     * @param offending the value that came; texts are quoted
     * @param expected what would have been right, such as {@code 1 to 10000}
     */
    public Violations check(boolean condition, String field, Object offending, String expected) {
        if (!condition) {
            add(field, offending, expected);
        }
        return this;
    }

    /** Notes a wrong field. */
    public void add(String field, Object offending, String expected) {
        found.add(violation(field, offending, expected));
    }

    /** Whether no field was wrong so far. */
    public boolean isEmpty() {
        return found.isEmpty();
    }

    /** The wrong fields in the order in which they were noted. */
    public List<FieldViolation> found() {
        return List.copyOf(found);
    }

    /** Throws INVALID_FIELD with all that was noted, if anything was. */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw exception(found);
        }
    }

    /** The exception for a single wrong field. */
    public static ServiceException of(String field, Object offending, String expected) {
        return exception(List.of(violation(field, offending, expected)));
    }

    private static FieldViolation violation(String field, Object offending, String expected) {
        String shown =
                offending instanceof CharSequence text ? '"' + abbreviate(text) + '"' : String.valueOf(offending);
        return new FieldViolation(field, shown + " (expected: " + expected + ")");
    }

    private static String abbreviate(CharSequence text) {
        return text.length() <= 120 ? text.toString() : text.subSequence(0, 120) + "...";
    }

    private static ServiceException exception(List<FieldViolation> violations) {
        String message = violations.stream()
                .map(violation -> violation.field() + ": " + violation.description())
                .collect(Collectors.joining("; "));
        return new ServiceException(CommonReason.INVALID_FIELD, message, violations, Optional.empty());
    }
}
