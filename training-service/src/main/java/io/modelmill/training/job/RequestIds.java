package io.modelmill.training.job;

import io.modelmill.servicekit.error.Violations;

/** Ids that make a submission idempotent. */
public final class RequestIds {
    private static final int LONGEST = 64;

    private RequestIds() {}

    /** Notes an id that cannot be kept; empty is none. */
    public static void check(String requestId, Violations violations) {
        violations.check(
                requestId.length() <= LONGEST && requestId.chars().noneMatch(Character::isISOControl),
                "request_id",
                requestId,
                "at most " + LONGEST + " printable characters");
    }
}
