package io.modelmill.registry.rollout;

/**
 * How far a replica is with what an alias points at.
 *
 * @param version number of the version that the alias points at
 * @param reason why it is not there, for people; may be empty
 * @param answeringVersion number of the loaded version that answers calls through the alias; 0 if none is
 */
public record AliasProgress(String alias, long version, Phase phase, String reason, long answeringVersion) {
    /** Names as the column holds them. */
    public enum Phase {
        /** Being loaded, or about to be. */
        LOADING,
        /** Answers. */
        SERVING,
        /** Could not be loaded. */
        FAILED,
        /** The next call loads it. */
        ON_DEMAND,
        /** Refused, as it must be. */
        WITHDRAWN
    }

    /** Whether calls get what the alias points at, or the refusal that is due. */
    boolean isDone() {
        return switch (phase) {
            case SERVING, ON_DEMAND, WITHDRAWN -> true;
            case LOADING, FAILED -> false;
        };
    }
}
