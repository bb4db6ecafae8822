package io.modelmill.fleet.process;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Processes that a server started, such as the workers of training-service. They outlive a server that was killed, and
 * then no process tells any more whose they were: hence they are noted while their parent lives.
 */
public final class Descendants {
    private final Set<ProcessHandle> seen = ConcurrentHashMap.newKeySet();

    /** Notes what the process has started; answers whether the living ones changed. */
    public boolean look(ProcessHandle parent) {
        boolean gone = seen.removeIf(process -> !process.isAlive());
        return seen.addAll(parent.descendants().toList()) || gone;
    }

    /** Those that still run. */
    public List<ProcessHandle> alive() {
        return seen.stream().filter(ProcessHandle::isAlive).toList();
    }

    /** Kills those that still run. */
    public void killAll() {
        Processes.kill(alive());
    }
}
