package io.modelmill.worker.checkpoint;

/** Why a state might be kept. */
public enum Occasion {
    /** An epoch is over. */
    EPOCH,
    /** The job asked for one after so many steps. */
    STEPS,
    /** Training stops before its end. */
    STOPPED
}
