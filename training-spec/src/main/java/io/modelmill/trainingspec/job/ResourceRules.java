package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;

/** Whether a job needs more than a worker has. */
public final class ResourceRules {
    private static final long MEBIBYTE = 1L << 20;

    private ResourceRules() {}

    /** Notes each bound that the job is beyond. */
    public static void check(Estimate estimate, Limits limits, Faults faults) {
        boolean countable = estimate.memoryBytes() < Long.MAX_VALUE;
        faults.check(
                estimate.parameters() <= limits.parameters(),
                "network.layers",
                countable ? estimate.parameters() + " parameters" : "more parameters than can be counted",
                "at most " + limits.parameters());
        if (!countable) {
            return;
        }
        faults.check(
                estimate.memoryBytes() <= limits.memoryBytes(),
                "batch_size",
                "needs " + mebibytes(estimate.memoryBytes()) + " of memory with " + estimate.parameters()
                        + " parameters",
                "at most " + mebibytes(limits.memoryBytes()) + ": fewer rows a step, or a smaller network");
        faults.check(
                estimate.diskBytes() <= limits.diskBytes(),
                "dataset_version",
                "needs " + mebibytes(estimate.diskBytes()) + " of disk for rows and checkpoints",
                "at most " + mebibytes(limits.diskBytes()));
    }

    private static String mebibytes(long bytes) {
        return (bytes + MEBIBYTE - 1) / MEBIBYTE + " MiB";
    }

    /** What one job may need. */
    public record Limits(long parameters, long memoryBytes, long diskBytes) {}
}
