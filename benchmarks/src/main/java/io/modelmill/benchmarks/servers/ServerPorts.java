package io.modelmill.benchmarks.servers;

import io.modelmill.localservers.LocalPorts;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Hands out ports below those that the kernel gives to connections: a killed server must find its own free again. */
public final class ServerPorts {
    private static final int LOWEST = 12_000;
    private static final int HIGHEST = 32_000;
    private static final int TRIES = 1_000;

    private final Set<Integer> taken = new HashSet<>();

    /** A port that nobody listens on and that was not handed out. */
    public int next() {
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
