package io.modelmill.training.queue;

import io.modelmill.training.quota.Quota;
import io.modelmill.training.quota.Usage;
import io.modelmill.training.resource.Resources;
import java.util.List;
import java.util.Optional;

/**
 * The first of a tenant's waiting jobs.
 *
 * @param turn rises with each start of any tenant's job: the lowest had its last turn before all others
 * @param jobs that the runner could hold if it were empty and that the quota does not refuse for ever, highest priority first, then oldest
 */
public record TenantQueue(String tenant, long turn, Quota quota, Usage usage, List<WaitingJob> jobs) {
    public TenantQueue {
        jobs = List.copyOf(jobs);
    }

    /** Its dominant share of a runner: the largest part that it holds of any resource, by its weight. */
    public double share(Resources capacity) {
        return share(usage.held(), capacity, quota.weight());
    }

    static double share(Resources held, Resources capacity, double weight) {
        double cores = part(held.cores(), capacity.cores());
        double memory = part(held.memoryBytes(), capacity.memoryBytes());
        double gpus = part(held.gpus(), capacity.gpus());
        return Math.max(cores, Math.max(memory, gpus)) / weight;
    }

    private static double part(long held, long all) {
        return held == 0 || all == 0 ? 0 : (double) held / all;
    }

    /** The job that is next of the tenant's, if its quota lets one start now. */
    Optional<WaitingJob> head() {
        return jobs.stream()
                .filter(job -> quota.refuses(usage, job.resources()).isEmpty())
                .findFirst()
                .filter(job -> quota.blocks(usage, job.resources()).isEmpty());
    }
}
