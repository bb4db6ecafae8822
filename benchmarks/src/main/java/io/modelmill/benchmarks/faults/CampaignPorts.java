package io.modelmill.benchmarks.faults;

import io.modelmill.localservers.LocalPorts;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Hands out ports below those that the kernel gives to connections: a killed server must find its own free again. */
final class CampaignPorts {
    private static final int LOWEST = 12_000;
    private static final int HIGHEST = 32_000;
    private static final int TRIES = 1_000;

    private final Set<Integer> taken = new HashSet<>();

    int next() {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (!taken.contains(port) && LocalPorts.isFree(port)) {
                taken.add(port);
                return port;
            }
        }
        throw new IllegalStateException("no free port from " + LOWEST + " to " + HIGHEST);
    }
}
