package io.modelmill.inference.rollout;

/**
 * How far this replica is with what an alias points at.
 *
 * @param version number of the version that the alias points at
 * @param reason why it does not answer, in words that a caller may see; may be empty
 * @param answeringVersion number of the loaded version that answers calls through the alias; 0 if none is
 */
public record AliasProgress(long version, Phase phase, String reason, long answeringVersion) {
    /** Names as the registry's API has them. */
    public enum Phase {
        /** Being loaded, or waiting for its turn. */
        LOADING,
        /** Loaded, and calls through the alias get it. */
        SERVING,
        /** Could not be loaded, is tried again. */
        FAILED,
        /** The next call loads it, for want of memory. */
        ON_DEMAND,
        /** Calls are refused. */
        WITHDRAWN
    }
}
