package io.modelmill.registry.database;

import io.modelmill.servicekit.error.Violations;

/** Ids with which callers make their create calls idempotent. */
public final class RequestIds {
    private static final int LONGEST = 64;

    private RequestIds() {}

    /** Answers the id, or throws INVALID_ARGUMENT if it is too long or cannot be stored. */
    public static String check(String requestId) {
        Violations violations = new Violations();
        TextColumn.check(violations, "request_id", requestId, LONGEST);
        violations.throwIfAny();
        return requestId;
    }
}
