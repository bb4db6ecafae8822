package io.modelmill.training.run.kubernetes;

import io.modelmill.training.job.JobConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds settings of the runner that cannot work. */
public final class KubernetesSettings {
    private static final String PREFIX = "modelmill.runner.kubernetes.";
    /** Room for a job's key and an attempt's number in the 63 characters that names of pods and labels have. */
    private static final String NAME_PREFIX = "[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?";

    private static final Set<String> PULL_POLICIES = Set.of("Always", "IfNotPresent", "Never");

    private final List<String> faults = new ArrayList<>();

    private KubernetesSettings() {}

    /** All faults, each with the property, its value and what was expected. */
    public static List<String> faults(KubernetesRunnerConfig config, JobConfig job) {
        KubernetesSettings settings = new KubernetesSettings();
        settings.check(config, job);
        return settings.faults;
    }

    private void check(KubernetesRunnerConfig config, JobConfig job) {
        if (config.image().isEmpty()) {
            faults.add(PREFIX + "image: not set (expected: the workers' image)");
        }
        if (config.trainingAddress().isEmpty()) {
            faults.add(PREFIX + "training-address: not set (expected: where workers reach this service)");
        }
        if (!config.namePrefix().matches(NAME_PREFIX)) {
            faults.add(PREFIX + "name-prefix: \"" + config.namePrefix() + "\" (expected: " + NAME_PREFIX + ")");
        }
        if (!PULL_POLICIES.contains(config.imagePullPolicy())) {
            faults.add(PREFIX + "image-pull-policy: \"" + config.imagePullPolicy()
                    + "\" (expected: Always, IfNotPresent or Never)");
        }
        if (config.runAsUser().isPresent() && config.runAsUser().getAsLong() < 1) {
            faults.add(PREFIX + "run-as-user: " + config.runAsUser().getAsLong() + " (expected: >= 1, not root)");
        }
        config.maxWorkers().ifPresent(most -> atLeast(1, most, "max-workers"));
        config.cores().ifPresent(cores -> atLeast(1, cores, "cores"));
        config.memory().ifPresent(memory -> atLeast(1, memory.asLongValue(), "memory"));
        config.gpus().ifPresent(gpus -> atLeast(0, gpus, "gpus"));
        config.workSize().ifPresent(size -> atLeast(1, size.asLongValue(), "work-size"));
        positive(config.pollInterval(), "poll-interval");
        positive(config.startTimeout(), "start-timeout");
        positive(config.creationGrace(), "creation-grace");
        positive(config.exitGrace(), "exit-grace");
        positive(config.requestTimeout(), "request-timeout");
        wholeSeconds(config.terminationGrace(), "termination-grace");
        wholeSeconds(config.timeToLive(), "time-to-live");
        if (config.explainAfter().isNegative()) {
            faults.add(PREFIX + "explain-after: " + config.explainAfter() + " (expected: at least PT0S)");
        }
        // The leases of workers that have not begun are renewed at each look.
        if (config.pollInterval().compareTo(job.lease().dividedBy(2)) > 0) {
            faults.add(PREFIX + "poll-interval: " + config.pollInterval() + " (expected: at most half of"
                    + " modelmill.job.lease, " + job.lease() + ")");
        }
        // Only for its faults.
        var _ = new Placements(config, faults);
    }

    private void atLeast(long least, long value, String property) {
        if (value < least) {
            faults.add(PREFIX + property + ": " + value + " (expected: >= " + least + ")");
        }
    }

    private void positive(Duration value, String property) {
        if (!value.isPositive()) {
            faults.add(PREFIX + property + ": " + value + " (expected: above PT0S)");
        }
    }

    private void wholeSeconds(Duration value, String property) {
        if (value.isNegative() || value.toNanosPart() != 0 || value.toSeconds() > Integer.MAX_VALUE) {
            faults.add(PREFIX + property + ": " + value + " (expected: whole seconds, at least PT0S)");
        }
    }
}
