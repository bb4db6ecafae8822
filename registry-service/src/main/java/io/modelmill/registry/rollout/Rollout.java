package io.modelmill.registry.rollout;

import io.modelmill.registry.serving.ModelKey;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How far the replicas are with a revision of a model.
 *
 * @param replicas those that are there, by name
 */
public record Rollout(ModelKey model, long revision, List<ReplicaProgress> replicas) {
    /** How far. */
    public enum State {
        /** Some have not applied it, or are loading. */
        ROLLING_OUT,
        /** All answer with it. */
        COMPLETE,
        /** Some could not load it. */
        FAILED,
        /** Nobody is there to take it. */
        NO_REPLICAS
    }

    public Rollout {
        replicas = List.copyOf(replicas);
    }

    /** Of all replicas together; one that failed is told before those that are under way. */
    public State state() {
        if (replicas.isEmpty()) {
            return State.NO_REPLICAS;
        }
        Set<State> states =
                replicas.stream().map(replica -> replica.state(revision)).collect(Collectors.toSet());
        if (states.contains(State.FAILED)) {
            return State.FAILED;
        }
        return states.contains(State.ROLLING_OUT) ? State.ROLLING_OUT : State.COMPLETE;
    }

    /** Whether there is nothing left to wait for. */
    boolean isOver() {
        return switch (state()) {
            case COMPLETE, FAILED -> true;
            case ROLLING_OUT, NO_REPLICAS -> false;
        };
    }
}
