package io.modelmill.training.schedule;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How often jobs are looked at. */
@ConfigMapping(prefix = "modelmill.schedule")
public interface ScheduleConfig {
    /** Between two looks for waiting jobs, ended leases, waits and deadlines. */
    @WithDefault("PT1S")
    Duration interval();

    /** Between two looks at a version that is being validated. */
    @WithDefault("PT0.25S")
    Duration validationInterval();

    /** Before the registry is called again after it did not answer. */
    @WithDefault("PT5S")
    Duration registryRetry();

    /** How long a version may wait for files that its worker said were uploaded; then the job fails. */
    @WithDefault("PT2M")
    Duration uploadTimeout();
}
