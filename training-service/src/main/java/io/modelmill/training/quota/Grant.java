package io.modelmill.training.quota;

import io.modelmill.servicekit.error.Violations;
import java.util.Optional;

/**
 * What an administrator has granted a tenant; what is empty follows the configuration.
 *
 * @param weight above 0
 */
public record Grant(
        Optional<Integer> maxRunningJobs,
        Optional<Integer> maxCores,
        Optional<Integer> maxGpus,
        Optional<Double> maxGpuHours,
        Optional<Double> weight) {
    /** Nothing but the configuration. */
    public static final Grant NONE =
            new Grant(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final double LEAST_WEIGHT = 0.001;
    private static final double MOST_WEIGHT = 1_000;

    /** Notes every value that cannot be granted. */
    void check(String path, Violations violations) {
        atLeastZero(maxRunningJobs, path + "max_running_jobs", violations);
        atLeastZero(maxCores, path + "max_cores", violations);
        atLeastZero(maxGpus, path + "max_gpus", violations);
        maxGpuHours.ifPresent(hours -> violations.check(
                hours >= 0 && Double.isFinite(hours),
                path + "max_gpu_hours_per_month",
                hours,
                ">= 0, a finite number"));
        weight.ifPresent(share -> violations.check(
                share >= LEAST_WEIGHT && share <= MOST_WEIGHT,
                path + "weight",
                share,
                LEAST_WEIGHT + " to " + MOST_WEIGHT));
    }

    private static void atLeastZero(Optional<Integer> limit, String field, Violations violations) {
        limit.ifPresent(value -> violations.check(value >= 0, field, value, ">= 0"));
    }

    /** What follows from it. */
    Quota over(Quota defaults) {
        return new Quota(
                maxRunningJobs.or(defaults::maxRunningJobs),
                maxCores.or(defaults::maxCores),
                maxGpus.or(defaults::maxGpus),
                maxGpuHours.or(defaults::maxGpuHours),
                weight.orElse(defaults.weight()));
    }
}
