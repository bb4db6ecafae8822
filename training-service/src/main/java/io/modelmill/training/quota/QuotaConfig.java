package io.modelmill.training.quota;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** What a tenant may use unless an administrator grants it something else. */
@ConfigMapping(prefix = "modelmill.quota")
public interface QuotaConfig {
    /** Jobs that run at a time. */
    Optional<Integer> maxRunningJobs();

    /** Processor cores of all workers together. */
    Optional<Integer> maxCores();

    /** GPUs of all workers together. */
    Optional<Integer> maxGpus();

    /** GPU-hours in a calendar month, UTC. */
    Optional<Double> maxGpuHoursPerMonth();

    /** Share beside other tenants: twice the weight is twice the share. */
    @WithDefault("1")
    double weight();
}
