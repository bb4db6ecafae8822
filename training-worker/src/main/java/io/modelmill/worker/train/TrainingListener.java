package io.modelmill.worker.train;

import java.util.Map;

/** Who watches a training run. Called on the training thread. */
public interface TrainingListener {
    /**
     * An epoch is over.
     *
     * @param epoch from 1
     * @param metrics measures of the epoch on the training rows, taken while training
     */
    void epochFinished(int epoch, Map<String, Double> metrics);

    /** Whether to stop; asked before every batch. */
    boolean stopRequested();

    /** Throws when the run is to stop. */
    default void checkStop() {
        if (stopRequested()) {
            throw new TrainingStoppedException();
        }
    }
}
