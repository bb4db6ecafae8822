package io.modelmill.training.quota;

import io.modelmill.training.resource.Resources;
import java.util.Optional;

/**
 * What a tenant may use; what is empty has no bound.
 *
 * @param maxRunningJobs attempts that are open at a time
 * @param maxCores of all its workers together
 * @param maxGpus of all its workers together
 * @param maxGpuHours of all its attempts in a calendar month, UTC; once they are used up no attempt with a GPU begins, and
 *     those that run go on
 * @param weight its share beside the others'; above 0
 */
public record Quota(
        Optional<Integer> maxRunningJobs,
        Optional<Integer> maxCores,
        Optional<Integer> maxGpus,
        Optional<Double> maxGpuHours,
        double weight) {
    /** No bound, and a share like any other. */
    public static final Quota UNBOUNDED =
            new Quota(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 1);

    /** The limit that keeps a worker from being started beside what the tenant uses now, for its owner; empty if none does. */
    public Optional<String> blocks(Usage usage, Resources worker) {
        return over("running jobs", usage.runningJobs() + 1, maxRunningJobs)
                .or(() -> over("cores", usage.held().cores() + worker.cores(), maxCores))
                .or(() -> over("GPUs", usage.held().gpus() + worker.gpus(), maxGpus))
                .or(() -> hours(usage, worker));
    }

    /**
     * The limit that keeps a worker from being started even once all others of the tenant have ended; empty if none does. Such
     * a job is passed by, where others hold the place of those behind them.
     */
    public Optional<String> refuses(Usage usage, Resources worker) {
        return blocks(Usage.NONE.withGpuHours(usage.gpuHours()), worker);
    }

    /** What a worker of the tenant uses at most, on a runner of this capacity; a runner has cores for any. */
    public Resources largestWorker(Usage usage, Resources capacity) {
        boolean suspended = maxRunningJobs.filter(most -> most == 0).isPresent();
        boolean hoursUsed = maxGpuHours.filter(most -> usage.gpuHours() >= most).isPresent();
        return new Resources(
                suspended ? 0 : maxCores.orElse(Integer.MAX_VALUE),
                capacity.memoryBytes(),
                hoursUsed ? 0 : Math.min(capacity.gpus(), maxGpus.orElse(Integer.MAX_VALUE)));
    }

    private static Optional<String> over(String what, int wanted, Optional<Integer> limit) {
        return limit.filter(most -> wanted > most).map(most -> "quota of " + what + ": " + wanted + " of " + most);
    }

    private Optional<String> hours(Usage usage, Resources worker) {
        return worker.gpus() == 0
                ? Optional.empty()
                : maxGpuHours
                        .filter(most -> usage.gpuHours() >= most)
                        .map(most -> "quota of GPU-hours a month: %.1f of %.1f".formatted(usage.gpuHours(), most));
    }
}
