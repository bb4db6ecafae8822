package io.modelmill.training.job;

import io.modelmill.servicekit.error.Violations;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a job takes its turn, as its owner wants it.
 *
 * @param priority orders the owner's own jobs: higher ones first
 * @param classNamed whether the owner named the class of its worker
 * @param after resource names of jobs that have to succeed before
 * @param maxQueueDuration longest wait for its first attempt
 */
public record Scheduling(int priority, boolean classNamed, List<String> after, Optional<Duration> maxQueueDuration) {
    /** As jobs do whose owner says nothing of it. */
    public static final Scheduling DEFAULT = new Scheduling(0, false, List.of(), Optional.empty());

    private static final int MOST = 100;
    private static final Duration LONGEST_WAIT = Duration.ofDays(365);

    public Scheduling {
        after = List.copyOf(after);
    }

    /** Notes what is wrong with it by itself; whether there are such jobs is for {@link Dependencies} to say. */
    void check(String path, Violations violations) {
        violations.check(priority >= -MOST && priority <= MOST, path + "priority", priority, -MOST + " to " + MOST);
        maxQueueDuration.ifPresent(wait -> violations.check(
                wait.isPositive() && wait.compareTo(LONGEST_WAIT) <= 0,
                path + "max_queue_duration",
                wait,
                "above PT0S, at most " + LONGEST_WAIT));
    }
}
