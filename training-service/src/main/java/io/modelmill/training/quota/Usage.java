package io.modelmill.training.quota;

import io.modelmill.training.resource.Resources;

/**
 * What a tenant uses.
 *
 * @param runningJobs attempts that are open
 * @param held by them
 * @param gpuHours of all its attempts since the calendar month began, UTC
 */
public record Usage(int runningJobs, Resources held, double gpuHours) {
    /** Nothing. */
    public static final Usage NONE = new Usage(0, Resources.NONE, 0);

    /** With one worker more. */
    public Usage plus(Resources worker) {
        return new Usage(runningJobs + 1, held.plus(worker), gpuHours);
    }

    /** With so many GPU-hours. */
    public Usage withGpuHours(double hours) {
        return new Usage(runningJobs, held, hours);
    }
}
