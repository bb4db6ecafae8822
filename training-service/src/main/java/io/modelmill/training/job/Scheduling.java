package io.modelmill.training.job;

import io.modelmill.servicekit.error.Violations;

/**
 * How a job takes its turn, as its owner wants it.
 *
 * @param priority orders the owner's own jobs: higher ones first
 */
public record Scheduling(int priority) {
    /** As jobs do whose owner says nothing of it. */
    public static final Scheduling DEFAULT = new Scheduling(0);

    private static final int MOST = 100;

    /** Notes what is wrong with it. */
    void check(String path, Violations violations) {
        violations.check(priority >= -MOST && priority <= MOST, path + "priority", priority, -MOST + " to " + MOST);
    }
}
