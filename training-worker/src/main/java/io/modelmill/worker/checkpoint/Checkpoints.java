package io.modelmill.worker.checkpoint;

import java.util.function.Supplier;

/** Who keeps states of training. Called on the training thread. */
@FunctionalInterface
public interface Checkpoints {
    /** Keeps nothing. */
    Checkpoints NONE = (occasion, state) -> {};

    /**
     * Keeps the state, or not: who keeps decides how often.
     *
     * @param state views of what is trained, to be copied before this returns
     */
    void offer(Occasion occasion, Supplier<TrainingState> state);
}
