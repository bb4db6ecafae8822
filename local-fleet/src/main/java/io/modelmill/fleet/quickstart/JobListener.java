package io.modelmill.fleet.quickstart;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** Told what happens to a training job, in order. */
public interface JobListener {
    /** The job changed its state. */
    void moved(Move move);

    /** An attempt finished an epoch. */
    void trained(Epoch epoch);

    /**
     * A change of state.
     *
     * @param to such as {@code RUNNING}
     * @param modelVersion name of the version that was made; empty but for {@code SUCCEEDED}
     */
    record Move(String to, Instant time, int attempt, String reason, String modelVersion) {
        private static final Set<String> TERMINAL = Set.of("SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT");

        /** Whether nothing follows. */
        public boolean isLast() {
            return TERMINAL.contains(to);
        }
    }

    /**
     * A finished epoch.
     *
     * @param number from 1
     * @param metrics of the training rows
     */
    record Epoch(int number, int of, Map<String, Double> metrics) {}
}
