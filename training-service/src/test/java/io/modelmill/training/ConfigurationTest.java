package io.modelmill.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.servicekit.fixture.ConfigurationRules;
import io.modelmill.training.events.EventsConfig;
import io.modelmill.training.job.JobConfig;
import io.modelmill.training.queue.QueueConfig;
import io.modelmill.training.quota.QuotaConfig;
import io.modelmill.training.registry.RegistryConfig;
import io.modelmill.training.resource.ResourceConfig;
import io.modelmill.training.run.RunnerConfig;
import io.modelmill.training.run.kubernetes.KubernetesRunnerConfig;
import io.modelmill.training.run.local.LocalRunnerConfig;
import io.modelmill.training.schedule.ScheduleConfig;
import io.modelmill.training.spec.SpecConfig;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationTest {
    private final SmallRyeConfig config = new SmallRyeConfigBuilder()
            .withConverter(MemorySize.class, 100, new MemorySizeConverter())
            .withMapping(EventsConfig.class)
            .withMapping(JobConfig.class)
            .withMapping(RegistryConfig.class)
            .withMapping(RunnerConfig.class)
            .withMapping(LocalRunnerConfig.class)
            .withMapping(KubernetesRunnerConfig.class)
            .withMapping(ScheduleConfig.class)
            .withMapping(SpecConfig.class)
            .withMapping(ResourceConfig.class)
            .withMapping(QueueConfig.class)
            .withMapping(QuotaConfig.class)
            .withDefaultValue("modelmill.registry.address", "registry:7411")
            .withDefaultValue("modelmill.runner.local.training-address", "training:7421")
            .build();

    @Test
    void documentsEveryProperty() {
        ConfigurationRules.everyPropertyIsDocumented("io.modelmill.training");
    }

    @Test
    void keepsDefaultsOfJobs() {
        JobConfig job = config.getConfigMapping(JobConfig.class);
        assertThat(job.lease()).isEqualTo(Duration.ofSeconds(30));
        assertThat(job.maxPlatformFailures()).isEqualTo(3);
        assertThat(job.retryBackoff()).isEqualTo(Duration.ofSeconds(5));
        assertThat(job.maxRetryBackoff()).isEqualTo(Duration.ofMinutes(1));
        assertThat(job.cancelGrace()).isEqualTo(Duration.ofSeconds(15));
        assertThat(job.watchInterval()).isEqualTo(Duration.ofMillis(500));
        SpecConfig spec = config.getConfigMapping(SpecConfig.class);
        assertThat(spec.maxParameters()).isEqualTo(100_000_000);
        assertThat(spec.maxDisk().asLongValue()).isEqualTo(200L << 30);
    }

    @Test
    void offersThreeClasses() {
        assertThat(config.getConfigMapping(ResourceConfig.class).offered()).containsExactly("small", "medium", "large");
    }

    @Test
    void keepsDefaultsOfScheduling() {
        ScheduleConfig schedule = config.getConfigMapping(ScheduleConfig.class);
        assertThat(schedule.interval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(schedule.validationInterval()).isEqualTo(Duration.ofMillis(250));
        assertThat(schedule.registryRetry()).isEqualTo(Duration.ofSeconds(5));
        assertThat(schedule.uploadTimeout()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void keepsDefaultsOfQueues() {
        assertThat(config.getConfigMapping(QueueConfig.class).patience()).isEqualTo(Duration.ofMinutes(5));
        QueueConfig queue = config.getConfigMapping(QueueConfig.class);
        assertThat(queue.maxPreemptions()).isEqualTo(3);
        assertThat(queue.minRun()).isEqualTo(Duration.ofMinutes(1));
        assertThat(queue.yieldGrace()).isEqualTo(Duration.ofMinutes(5));
        QuotaConfig quota = config.getConfigMapping(QuotaConfig.class);
        assertThat(quota.maxRunningJobs()).isEmpty();
        assertThat(quota.maxCores()).isEmpty();
        assertThat(quota.maxGpus()).isEmpty();
        assertThat(quota.maxGpuHoursPerMonth()).isEmpty();
        assertThat(quota.weight()).isEqualTo(1);
    }

    @Test
    void keepsDefaultsOfWorkers() {
        LocalRunnerConfig runner = config.getConfigMapping(LocalRunnerConfig.class);
        assertThat(runner.workerDirectory()).isEqualTo(Path.of("training-worker"));
        assertThat(runner.workDirectory()).isEqualTo(Path.of("work"));
        assertThat(runner.mainClass()).isEqualTo("io.modelmill.worker.WorkerMain");
        assertThat(runner.classPath()).isEmpty();
        assertThat(runner.maxWorkers()).isEmpty();
        assertThat(runner.cores()).isEmpty();
        assertThat(runner.memory()).isEmpty();
        assertThat(runner.cgroup()).isEmpty();
        assertThat(runner.exitGrace()).isEqualTo(Duration.ofSeconds(5));
        assertThat(runner.jvmOptions())
                .containsExactly(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1");
        assertThat(runner.environment())
                .containsExactly(
                        "PATH",
                        "HOME",
                        "LANG",
                        "LC_ALL",
                        "TZ",
                        "TMPDIR",
                        "LD_LIBRARY_PATH",
                        "CUDA_VISIBLE_DEVICES",
                        "OTEL_EXPORTER_OTLP_ENDPOINT");
    }

    @Test
    void keepsDefaultsOfJobsOfACluster() {
        assertThat(config.getConfigMapping(RunnerConfig.class).type()).isEqualTo(RunnerConfig.Type.LOCAL);
        KubernetesRunnerConfig runner = config.getConfigMapping(KubernetesRunnerConfig.class);
        assertThat(runner.namePrefix()).isEqualTo("modelmill");
        assertThat(runner.imagePullPolicy()).isEqualTo("IfNotPresent");
        assertThat(runner.workerDirectory()).isEqualTo("/opt/modelmill/worker");
        assertThat(runner.mainClass()).isEqualTo("io.modelmill.worker.WorkerMain");
        assertThat(runner.jvmOptions())
                .isEqualTo(config.getConfigMapping(LocalRunnerConfig.class).jvmOptions());
        assertThat(runner.environment()).containsExactly("OTEL_EXPORTER_OTLP_ENDPOINT");
        assertThat(runner.gpuResource()).isEqualTo("nvidia.com/gpu");
        assertThat(runner.maxWorkers()).isEmpty();
        assertThat(runner.cores()).isEmpty();
        assertThat(runner.memory()).isEmpty();
        assertThat(runner.gpus()).isEmpty();
        assertThat(runner.queue()).isEmpty();
        assertThat(runner.owner()).isEmpty();
        assertThat(runner.pollInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(runner.startTimeout()).isEqualTo(Duration.ofMinutes(15));
        assertThat(runner.creationGrace()).isEqualTo(Duration.ofMinutes(1));
        assertThat(runner.explainAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(runner.exitGrace()).isEqualTo(Duration.ofSeconds(15));
        assertThat(runner.terminationGrace()).isEqualTo(Duration.ofSeconds(30));
        assertThat(runner.timeToLive()).isEqualTo(Duration.ofHours(1));
        assertThat(runner.requestTimeout()).isEqualTo(Duration.ofSeconds(5));
    }

    /** As a chart sets them: keys of maps are in upper case there, with underscores. */
    @Test
    void readsPlacementOfClassesFromTheEnvironment() {
        SmallRyeConfig environment = new SmallRyeConfigBuilder()
                .withConverter(MemorySize.class, 100, new MemorySizeConverter())
                .withMapping(KubernetesRunnerConfig.class)
                .withSources(new EnvConfigSource(
                        Map.of(
                                "MODELMILL_RUNNER_KUBERNETES_CLASS_LARGE_NODE_SELECTOR", "pool=gpu,zone=a",
                                "MODELMILL_RUNNER_KUBERNETES_CLASS_LARGE_TOLERATIONS", "nvidia.com/gpu:NoSchedule"),
                        300))
                .build();
        var large = environment
                .getConfigMapping(KubernetesRunnerConfig.class)
                .classes()
                .get("large");
        assertThat(large.nodeSelector()).contains(List.of("pool=gpu", "zone=a"));
        assertThat(large.tolerations()).contains(List.of("nvidia.com/gpu:NoSchedule"));
    }

    @Test
    void keepsDefaultsOfOtherServices() {
        assertThat(config.getConfigMapping(RegistryConfig.class).deadline()).isEqualTo(Duration.ofSeconds(10));
        EventsConfig events = config.getConfigMapping(EventsConfig.class);
        assertThat(events.partitions()).isEqualTo(6);
        assertThat(events.replicationFactor()).isEqualTo((short) 1);
    }
}
