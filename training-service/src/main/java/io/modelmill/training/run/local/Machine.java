package io.modelmill.training.run.local;

import com.sun.management.OperatingSystemMXBean;
import io.modelmill.training.resource.Resources;
import java.lang.management.ManagementFactory;

/** What this machine, or the container that this process is in, has for workers. */
final class Machine {
    /** The rest is for this service and what else runs beside it. */
    private static final double SHARE_OF_MEMORY = 0.75;

    private Machine() {}

    /** All of it, or what the configuration says instead. The trainer uses processors alone, so there are no GPUs. */
    static Resources capacity(LocalRunnerConfig config) {
        return new Resources(
                config.cores().orElseGet(() -> Runtime.getRuntime().availableProcessors()),
                config.memory().map(size -> size.asLongValue()).orElseGet(Machine::memory),
                0);
    }

    private static long memory() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return (long) (system.getTotalMemorySize() * SHARE_OF_MEMORY);
    }
}
