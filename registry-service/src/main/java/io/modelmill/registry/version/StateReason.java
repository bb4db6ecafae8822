package io.modelmill.registry.version;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;

/** Why a version is in its state. It quotes models and processes, which may hold anything. */
final class StateReason {
    private static final int LONGEST = 1_000;

    private StateReason() {}

    /** The text in one line, cut to what is kept. */
    static String storable(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }

    /** @throws ServiceException INVALID_ARGUMENT if a caller's text is too long */
    static String optional(String text) {
        return text.isBlank() ? "" : require(text);
    }

    /** @throws ServiceException INVALID_ARGUMENT if a caller's text is missing or too long */
    static String require(String text) {
        Violations violations = new Violations();
        check(violations, "reason", text);
        violations.throwIfAny();
        return storable(text);
    }

    /** Notes a caller's text that is missing or too long. */
    static void check(Violations violations, String field, String text) {
        violations.check(
                !text.isBlank() && text.length() <= LONGEST,
                field,
                text.isBlank() ? text : text.length() + " characters",
                "1 to " + LONGEST + " characters");
    }
}
