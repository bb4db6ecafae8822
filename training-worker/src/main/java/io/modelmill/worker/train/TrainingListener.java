package io.modelmill.worker.train;

/** Who watches a training run. Called on the training thread, which it must not hold up. */
public interface TrainingListener {
    /** Within an epoch, at most once a second. */
    void progressed(TrainingProgress progress);

    /** An epoch is over. */
    void epochFinished(TrainingProgress progress);

    /** Whether to stop; asked before every step. */
    boolean stopRequested();

    /**
     * Throws when the run is to stop.
     *
     * @throws TrainingStoppedException then
     */
    default void checkStop() {
        if (stopRequested()) {
            throw new TrainingStoppedException();
        }
    }
}
