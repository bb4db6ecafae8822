package io.modelmill.training.schedule;

import io.modelmill.training.job.JobConfig;
import io.modelmill.training.queue.QueueConfig;
import io.modelmill.training.quota.QuotaConfig;
import io.modelmill.training.registry.RegistryConfig;
import io.modelmill.training.run.RunnerConfig;
import io.modelmill.training.run.kubernetes.KubernetesRunnerConfig;
import io.modelmill.training.run.kubernetes.KubernetesSettings;
import io.modelmill.training.run.local.LocalRunnerConfig;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Refuses to start with settings that cannot work, and tells them all. */
@ApplicationScoped
class ConfigurationCheck {
    private static final int FIRST = 1;

    private final List<String> faults = new ArrayList<>();
    private final JobConfig job;
    private final ScheduleConfig schedule;
    private final RegistryConfig registry;
    private final RunnerConfig runner;
    private final LocalRunnerConfig local;
    private final KubernetesRunnerConfig kubernetes;
    private final QueueConfig queue;
    private final QuotaConfig quota;

    ConfigurationCheck(
            JobConfig job,
            ScheduleConfig schedule,
            RegistryConfig registry,
            RunnerConfig runner,
            LocalRunnerConfig local,
            KubernetesRunnerConfig kubernetes,
            QueueConfig queue,
            QuotaConfig quota) {
        this.job = job;
        this.schedule = schedule;
        this.registry = registry;
        this.runner = runner;
        this.local = local;
        this.kubernetes = kubernetes;
        this.queue = queue;
        this.quota = quota;
    }

    void onStart(@Observes @Priority(FIRST) StartupEvent event) {
        check();
    }

    /** Throws if any setting cannot work. */
    void check() {
        positive("modelmill.job.lease", job.lease());
        positive("modelmill.job.retry-backoff", job.retryBackoff());
        positive("modelmill.job.max-retry-backoff", job.maxRetryBackoff());
        positive("modelmill.job.cancel-grace", job.cancelGrace());
        positive("modelmill.job.watch-interval", job.watchInterval());
        positive("modelmill.schedule.interval", schedule.interval());
        positive("modelmill.schedule.validation-interval", schedule.validationInterval());
        positive("modelmill.schedule.registry-retry", schedule.registryRetry());
        positive("modelmill.schedule.upload-timeout", schedule.uploadTimeout());
        positive("modelmill.registry.deadline", registry.deadline());
        positive("modelmill.queue.patience", queue.patience());
        positive("modelmill.queue.yield-grace", queue.yieldGrace());
        notNegative("modelmill.queue.max-preemptions", Optional.of(queue.maxPreemptions()));
        atLeastOne("modelmill.job.max-platform-failures", job.maxPlatformFailures());
        switch (runner.type()) {
            case LOCAL -> checkLocalRunner();
            case KUBERNETES -> faults.addAll(KubernetesSettings.faults(kubernetes, job));
        }
        checkQuota();
        if (!faults.isEmpty()) {
            throw new IllegalStateException(String.join("; ", faults));
        }
    }

    private void checkQuota() {
        notNegative("modelmill.quota.max-running-jobs", quota.maxRunningJobs());
        notNegative("modelmill.quota.max-cores", quota.maxCores());
        notNegative("modelmill.quota.max-gpus", quota.maxGpus());
        notNegative("modelmill.quota.max-gpu-hours-per-month", quota.maxGpuHoursPerMonth());
        if (!(quota.weight() > 0)) {
            faults.add("modelmill.quota.weight: " + quota.weight() + " (expected: above 0)");
        }
    }

    private void notNegative(String property, Optional<? extends Number> value) {
        value.filter(most -> most.doubleValue() < 0)
                .ifPresent(most -> faults.add(property + ": " + most + " (expected: >= 0)"));
    }

    private void checkLocalRunner() {
        positive("modelmill.runner.local.exit-grace", local.exitGrace());
        local.maxWorkers().ifPresent(most -> atLeastOne("modelmill.runner.local.max-workers", most));
        local.cores().ifPresent(cores -> atLeastOne("modelmill.runner.local.cores", cores));
        local.memory()
                .filter(memory -> memory.asLongValue() < 1)
                .ifPresent(memory -> faults.add("modelmill.runner.local.memory: 0 (expected: >= 1)"));
    }

    private void positive(String property, Duration value) {
        if (!value.isPositive()) {
            faults.add(property + ": " + value + " (expected: above PT0S)");
        }
    }

    private void atLeastOne(String property, int value) {
        if (value < 1) {
            faults.add(property + ": " + value + " (expected: >= 1)");
        }
    }
}
