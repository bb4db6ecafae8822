package io.modelmill.registry.version;

import java.util.Map;
import java.util.Set;

/** Where a version is in its life. */
public enum VersionState {
    /** Some of its files are not uploaded yet. */
    PENDING_UPLOAD,
    /** Its files are being checked. */
    VALIDATING,
    /** May be served. */
    READY,
    /** Validation refused it. */
    REJECTED,
    /** Kept, not served until it is restored. */
    ARCHIVED,
    /** Withdrawn for good: never answers again. */
    REVOKED,
    /** Killed the process that served it. */
    QUARANTINED,
    /** Not served, kept with its files for a time, and may go back to where it was until then. */
    DELETED,
    /** Without its files. Nothing follows: the row tells what there was, and keeps its number from being used again. */
    PURGED;

    /**
     * The one table of what may follow what. A version whose files never came can be deleted, or it would wait for ever, and
     * undeleted like every other: it then waits again, for files that may have come meanwhile. One that is being validated
     * cannot, for in a moment it will be something else.
     */
    private static final Map<VersionState, Set<VersionState>> FOLLOWERS = Map.of(
            PENDING_UPLOAD, Set.of(VALIDATING, DELETED),
            VALIDATING, Set.of(READY, REJECTED),
            READY, Set.of(ARCHIVED, REVOKED, QUARANTINED),
            REJECTED, Set.of(DELETED),
            ARCHIVED, Set.of(READY, REVOKED, DELETED),
            REVOKED, Set.of(DELETED),
            QUARANTINED, Set.of(REVOKED, DELETED),
            DELETED, Set.of(PENDING_UPLOAD, REJECTED, ARCHIVED, REVOKED, QUARANTINED, PURGED));

    /** States that may follow this one. */
    public Set<VersionState> followers() {
        return FOLLOWERS.getOrDefault(this, Set.of());
    }

    /** Throws if a version in this state may not become the next: a fault of ours, never of a caller. */
    void requireMayBecome(VersionState next) {
        if (!followers().contains(next)) {
            throw new IllegalStateException(this + " to " + next + " (expected: one of " + followers() + ")");
        }
    }
}
