package io.modelmill.benchmarks.faults;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Processes;
import io.modelmill.fleet.process.Server;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server of the campaign: it runs, is frozen, or is dead. Thread-safe. */
final class Node {
    private static final int STARTS = 5;
    private static final Duration REMAINS = Duration.ofSeconds(10);

    private final Server server;
    private final Consumer<String> log;
    private Server.@Nullable Running running;
    private boolean down;
    private boolean closed;

    Node(Server server, Consumer<String> log) {
        this.server = server;
        this.log = log;
    }

    String name() {
        return server.name();
    }

    /** Starts it unless it runs; several times, for a server may fail to start beside so many faults. */
    synchronized void start() {
        down = false;
        for (int i = 1; !closed && !isAlive(); i++) {
            try {
                running = server.start();
            } catch (RuntimeException failure) {
                if (i == STARTS) {
                    throw new FleetException(name() + " did not start " + STARTS + " times: " + failure, failure);
                }
                log.accept(name() + " did not start, trying again: " + failure);
            }
        }
    }

    /** Starts it again if it ended by itself, as whoever runs a service would; not while it shall be dead. */
    synchronized void revive() {
        if (!down && !closed && !isAlive()) {
            log.accept(name() + " has ended by itself and is started again");
            start();
        }
    }

    synchronized boolean isReady() {
        return isAlive() && server.readiness().isReady();
    }

    /** Kills it and what is one with it. */
    synchronized void kill() {
        down = true;
        Server.Running now = running;
        if (now == null) {
            return;
        }
        List<ProcessHandle> processes = processes(now);
        Processes.kill(List.of(now.handle()));
        // Children that notice by themselves may; they must be gone before a next start.
        if (!Processes.awaitEnd(processes, REMAINS)) {
            Processes.kill(processes);
        }
        now.stop(Duration.ZERO);
        running = null;
    }

    synchronized void freeze() {
        Server.Running now = running;
        if (now != null) {
            Signals.stop(processes(now));
        }
    }

    synchronized void resume() {
        Server.Running now = running;
        if (now != null) {
            Signals.resume(processes(now));
        }
    }

    /** Ends it for good. */
    synchronized void close(Duration grace) {
        closed = true;
        Server.Running now = running;
        if (now != null) {
            Signals.resume(processes(now));
            now.stop(grace);
            running = null;
        }
    }

    synchronized boolean isAlive() {
        Server.Running now = running;
        return now != null && now.handle().isAlive();
    }

    private List<ProcessHandle> processes(Server.Running now) {
        return server.isOneWithChildren()
                ? Stream.concat(Stream.of(now.handle()), now.handle().descendants())
                        .toList()
                : List.of(now.handle());
    }
}
