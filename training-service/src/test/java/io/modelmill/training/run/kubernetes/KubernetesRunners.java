package io.modelmill.training.run.kubernetes;

import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobConfig;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.PostgresRunnerAttempts;
import io.modelmill.training.registry.RegistryConfig;
import io.modelmill.training.run.WorkerTokens;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/** Runners over the service's database and a cluster of a test; each is a replica of its own. */
@ApplicationScoped
class KubernetesRunners {
    private final JobConfig job;
    private final RegistryConfig registry;
    private final WorkerTokens tokens;
    private final JobLife life;
    private final PostgresRunnerAttempts attempts;
    private final Jdbi jdbi;

    KubernetesRunners(
            JobConfig job,
            RegistryConfig registry,
            WorkerTokens tokens,
            JobLife life,
            PostgresRunnerAttempts attempts,
            Jdbi jdbi) {
        this.job = job;
        this.registry = registry;
        this.tokens = tokens;
        this.life = life;
        this.attempts = attempts;
        this.jdbi = jdbi;
    }

    /** @param settings names, without the prefix, and values in turn */
    KubernetesRunner over(ClusterServer cluster, String... settings) {
        return new KubernetesRunner(config(settings), job, registry, tokens, life, attempts, cluster.client());
    }

    /** Starts the next job on a runner, and answers the name of what was made for it. */
    String start(KubernetesRunner runner) throws IOException {
        Job next = life.startNext(runner.id(), runner.room()).orElseThrow();
        runner.start(next, Optional.empty());
        holdLong();
        return "modelmill-" + next.key() + "-" + next.attempt();
    }

    /** The lease of tests is short, and on a busy machine the first calls of a test are slow. */
    void holdLong() {
        jdbi.useHandle(handle -> handle.execute("UPDATE job_attempt SET lease_expire_time = clock_timestamp()"
                + " + interval '10 minutes' WHERE end_time IS NULL"));
    }

    private static KubernetesRunnerConfig config(String... settings) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withConverter(MemorySize.class, 100, new MemorySizeConverter())
                .withMapping(KubernetesRunnerConfig.class)
                .withDefaultValue("modelmill.runner.kubernetes.image", "registry.example.com/ml/worker:1")
                .withDefaultValue("modelmill.runner.kubernetes.training-address", "dns:///training:7421");
        for (int i = 0; i < settings.length; i += 2) {
            builder.withDefaultValue("modelmill.runner.kubernetes." + settings[i], settings[i + 1]);
        }
        return builder.build().getConfigMapping(KubernetesRunnerConfig.class);
    }
}
