package io.modelmill.fleet.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** Told what happens to a training job, in order. */
public interface JobListener {
    /** The job changed its state. */
    void moved(Move move);

    /** An attempt told how far it is: at the end of each epoch, and perhaps within. */
    void advanced(Progress progress);

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
     * How far an attempt is.
     *
     * @param epoch finished epochs
     * @param epochs epochs to do
     * @param step finished steps; 0 where the service does not tell
     * @param steps steps to do; 0 where the service does not tell
     * @param metrics of the epoch, or of what is done of it
     * @param remaining time that the rest may take; zero where the service does not tell
     */
    record Progress(int epoch, int epochs, long step, long steps, Map<String, Double> metrics, Duration remaining) {
        public Progress {
            metrics = Map.copyOf(metrics);
        }
    }
}
