package io.modelmill.registry.database;

import io.modelmill.servicekit.error.Violations;

/** Texts of callers that go into {@code text} columns. PostgreSQL takes every character but NUL. */
public final class TextColumn {
    private TextColumn() {}

    /** Notes a field that is too long, in UTF-16 units, or cannot be stored. */
    public static void check(Violations violations, String field, String value, int longest) {
        violations
                .check(value.length() <= longest, field, value.length() + " characters", "at most " + longest)
                .check(value.indexOf('\0') < 0, field, value.replace('\0', '?'), "no NUL character");
    }
}
