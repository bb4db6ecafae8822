package io.modelmill.benchmarks.mutants;

/**
 * What became of a mutant.
 *
 * @param reason why it was refused; empty if it was not
 */
record Verdict(State state, String reason) {
    enum State {
        /** It is a model after all. */
        READY,
        /** Validation refused it. */
        REJECTED,
        /** The call that would make a version of it was refused: a field was wrong. */
        INVALID,
        /** It was neither within the time, or a call failed otherwise. */
        LOST
    }
}
