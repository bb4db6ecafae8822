package io.modelmill.training.job;

import static io.modelmill.training.job.JobState.ADMITTED;
import static io.modelmill.training.job.JobState.CANCELLED;
import static io.modelmill.training.job.JobState.CANCELLING;
import static io.modelmill.training.job.JobState.FAILED;
import static io.modelmill.training.job.JobState.FINALIZING;
import static io.modelmill.training.job.JobState.QUEUED;
import static io.modelmill.training.job.JobState.RETRY_WAIT;
import static io.modelmill.training.job.JobState.RUNNING;
import static io.modelmill.training.job.JobState.STARTING;
import static io.modelmill.training.job.JobState.SUCCEEDED;
import static io.modelmill.training.job.JobState.TIMED_OUT;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The one table of what may follow what. A test visits each entry. */
final class LegalTransitions {
    private static final Map<JobState, Set<JobState>> TABLE = new EnumMap<>(Map.of(
            QUEUED, EnumSet.of(ADMITTED, CANCELLED, TIMED_OUT),
            ADMITTED, EnumSet.of(STARTING),
            STARTING, EnumSet.of(RUNNING, RETRY_WAIT, CANCELLING, FAILED, TIMED_OUT),
            RUNNING, EnumSet.of(FINALIZING, RETRY_WAIT, CANCELLING, FAILED, TIMED_OUT),
            CANCELLING, EnumSet.of(CANCELLED),
            RETRY_WAIT, EnumSet.of(QUEUED, CANCELLED, TIMED_OUT),
            FINALIZING, EnumSet.of(SUCCEEDED, FAILED)));

    private LegalTransitions() {}

    /** Throws if a job must not go this way: a fault of ours, never of a caller. */
    static void require(JobState from, JobState to) {
        if (!TABLE.getOrDefault(from, Set.of()).contains(to)) {
            throw new IllegalStateException("no job goes from " + from + " to " + to);
        }
    }

    /** All of them. */
    static Set<Pair> all() {
        return TABLE.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(to -> new Pair(entry.getKey(), to)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** One entry of the table. */
    record Pair(JobState from, JobState to) {}
}
