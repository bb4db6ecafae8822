package io.modelmill.training.schedule;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.modelmill.training.job.JobConfig;
import io.modelmill.training.queue.QueueConfig;
import io.modelmill.training.quota.QuotaConfig;
import io.modelmill.training.registry.RegistryConfig;
import io.modelmill.training.run.LocalRunnerConfig;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
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

    private static ConfigurationCheck check(Map<String, String> settings) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withConverter(MemorySize.class, 100, new MemorySizeConverter())
                .withMapping(JobConfig.class)
                .withMapping(ScheduleConfig.class)
                .withMapping(RegistryConfig.class)
                .withMapping(LocalRunnerConfig.class)
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
                config.getConfigMapping(LocalRunnerConfig.class),
                config.getConfigMapping(QueueConfig.class),
                config.getConfigMapping(QuotaConfig.class));
    }
}
