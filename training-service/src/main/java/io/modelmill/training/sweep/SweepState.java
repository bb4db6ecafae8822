package io.modelmill.training.sweep;

/** Where a sweep is in its life. The names are also those in the database and of the API's enum. */
enum SweepState {
    /** Trials wait, run or are still to begin. */
    RUNNING,
    /** No trial begins any more, those that run are being stopped. */
    CANCELLING,
    /** A trial made a version. */
    SUCCEEDED,
    /** No trial made a version, or none could be compared. */
    FAILED,
    /** Stopped by its owner. */
    CANCELLED;

    /** Whether nothing follows. */
    boolean isTerminal() {
        return switch (this) {
            case SUCCEEDED, FAILED, CANCELLED -> true;
            case RUNNING, CANCELLING -> false;
        };
    }
}
