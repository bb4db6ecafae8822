package io.modelmill.training.schedule;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.modelmill.training.job.JobConfig;
import io.modelmill.training.queue.QueueConfig;
import io.modelmill.training.quota.QuotaConfig;
import io.modelmill.training.registry.RegistryConfig;
import io.modelmill.training.run.RunnerConfig;
import io.modelmill.training.run.kubernetes.KubernetesRunnerConfig;
import io.modelmill.training.run.local.LocalRunnerConfig;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationCheckTest {
    @Test
    void takesDefaults() {
        assertThatCode(() -> check(Map.of()).check()).doesNotThrowAnyException();
    }

    @Test
    void tellsAllSettingsThatCannotWork() {
        ConfigurationCheck check = check(Map.of(
                "modelmill.job.lease", "PT0S",
                "modelmill.job.max-platform-failures", "0",
                "modelmill.runner.local.max-workers", "-1",
                "modelmill.runner.local.cores", "0",
                "modelmill.runner.local.memory", "0",
                "modelmill.schedule.interval", "PT-1S",
                "modelmill.queue.patience", "PT0S",
                "modelmill.quota.max-cores", "-1",
                "modelmill.quota.weight", "0"));
        assertThatIllegalStateException()
                .isThrownBy(check::check)
                .withMessage("modelmill.job.lease: PT0S (expected: above PT0S);"
                        + " modelmill.schedule.interval: PT-1S (expected: above PT0S);"
                        + " modelmill.queue.patience: PT0S (expected: above PT0S);"
                        + " modelmill.job.max-platform-failures: 0 (expected: >= 1);"
                        + " modelmill.runner.local.max-workers: -1 (expected: >= 1);"
                        + " modelmill.runner.local.cores: 0 (expected: >= 1);"
                        + " modelmill.runner.local.memory: 0 (expected: >= 1);"
                        + " modelmill.quota.max-cores: -1 (expected: >= 0);"
                        + " modelmill.quota.weight: 0.0 (expected: above 0)");
    }

    @Test
    void asksOnlyForSettingsOfTheRunnerThatIsChosen() {
        assertThatCode(() -> check(Map.of(
                                "modelmill.runner.type", "kubernetes",
                                "modelmill.runner.local.cores", "0",
                                "modelmill.runner.kubernetes.image", "registry.example.com/worker:1",
                                "modelmill.runner.kubernetes.training-address", "dns:///training:7421"))
                        .check())
                .doesNotThrowAnyException();
        assertThatCode(() -> check(Map.of("modelmill.runner.kubernetes.name-prefix", "?"))
                        .check())
                .doesNotThrowAnyException();
    }

    @Test
    void tellsAllSettingsOfTheKubernetesRunnerThatCannotWork() {
        Map<String, String> settings = new HashMap<>();
        settings.put("modelmill.runner.type", "kubernetes");
        settings.put("modelmill.runner.kubernetes.name-prefix", "-x");
        settings.put("modelmill.runner.kubernetes.image-pull-policy", "Sometimes");
        settings.put("modelmill.runner.kubernetes.run-as-user", "0");
        settings.put("modelmill.runner.kubernetes.max-workers", "0");
        settings.put("modelmill.runner.kubernetes.gpus", "-1");
        settings.put("modelmill.runner.kubernetes.poll-interval", "PT20S");
        settings.put("modelmill.runner.kubernetes.time-to-live", "PT0.5S");
        settings.put("modelmill.runner.kubernetes.explain-after", "PT-1S");
        settings.put("modelmill.runner.kubernetes.node-selector", "zone");
        settings.put("modelmill.runner.kubernetes.class.large.tolerations", "gpu:Sometimes");
        assertThatIllegalStateException()
                .isThrownBy(check(settings)::check)
                .withMessage(String.join(
                        "; ",
                        "modelmill.runner.kubernetes.image: not set (expected: the workers' image)",
                        "modelmill.runner.kubernetes.training-address: not set (expected: where workers reach this"
                                + " service)",
                        "modelmill.runner.kubernetes.name-prefix: \"-x\" (expected: [a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)",
                        "modelmill.runner.kubernetes.image-pull-policy: \"Sometimes\" (expected: Always, IfNotPresent"
                                + " or Never)",
                        "modelmill.runner.kubernetes.run-as-user: 0 (expected: >= 1, not root)",
                        "modelmill.runner.kubernetes.max-workers: 0 (expected: >= 1)",
                        "modelmill.runner.kubernetes.gpus: -1 (expected: >= 0)",
                        "modelmill.runner.kubernetes.time-to-live: PT0.5S (expected: whole seconds, at least PT0S)",
                        "modelmill.runner.kubernetes.explain-after: PT-1S (expected: at least PT0S)",
                        "modelmill.runner.kubernetes.poll-interval: PT20S (expected: at most half of"
                                + " modelmill.job.lease, PT30S)",
                        "modelmill.runner.kubernetes.node-selector: \"zone\" (expected: label=value)",
                        "modelmill.runner.kubernetes.class.large.tolerations: \"gpu:Sometimes\" (expected:"
                                + " key[=value][:NoSchedule|PreferNoSchedule|NoExecute])"));
    }

    private static ConfigurationCheck check(Map<String, String> settings) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withConverter(MemorySize.class, 100, new MemorySizeConverter())
                .withMapping(JobConfig.class)
                .withMapping(ScheduleConfig.class)
                .withMapping(RegistryConfig.class)
                .withMapping(RunnerConfig.class)
                .withMapping(LocalRunnerConfig.class)
                .withMapping(KubernetesRunnerConfig.class)
                .withMapping(QueueConfig.class)
                .withMapping(QuotaConfig.class)
                .withDefaultValue("modelmill.registry.address", "registry:7411")
                .withDefaultValue("modelmill.runner.local.training-address", "training:7421");
        settings.forEach(builder::withDefaultValue);
        SmallRyeConfig config = builder.build();
        return new ConfigurationCheck(
                config.getConfigMapping(JobConfig.class),
                config.getConfigMapping(ScheduleConfig.class),
                config.getConfigMapping(RegistryConfig.class),
                config.getConfigMapping(RunnerConfig.class),
                config.getConfigMapping(LocalRunnerConfig.class),
                config.getConfigMapping(KubernetesRunnerConfig.class),
                config.getConfigMapping(QueueConfig.class),
                config.getConfigMapping(QuotaConfig.class));
    }
}
