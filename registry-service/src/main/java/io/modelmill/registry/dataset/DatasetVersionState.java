package io.modelmill.registry.dataset;

import java.util.Map;
import java.util.Set;

/** Where a version of a data set is in its life. */
enum DatasetVersionState {
    /** May be trained on. */
    ACTIVE,
    /** Kept with its files for a time, and may come back until then. */
    DELETED,
    /** Without its files. Nothing follows: the row tells what there was, and keeps its number from being used again. */
    PURGED;

    /** The one table of what may follow what. */
    private static final Map<DatasetVersionState, Set<DatasetVersionState>> FOLLOWERS =
            Map.of(ACTIVE, Set.of(DELETED), DELETED, Set.of(ACTIVE, PURGED));

    /** States that may follow this one. */
    Set<DatasetVersionState> followers() {
        return FOLLOWERS.getOrDefault(this, Set.of());
    }

    /** Throws if a version in this state may not become the next: a fault of ours, never of a caller. */
    void requireMayBecome(DatasetVersionState next) {
        if (!followers().contains(next)) {
            throw new IllegalStateException(this + " to " + next + " (expected: one of " + followers() + ")");
        }
    }
}
