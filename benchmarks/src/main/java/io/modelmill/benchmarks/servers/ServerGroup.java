package io.modelmill.benchmarks.servers;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import io.modelmill.fleet.process.Server;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Servers that run, and end together. */
public final class ServerGroup implements AutoCloseable {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final ServerCommands commands;
    private final Deque<Server.Running> running = new ArrayDeque<>();

    /** @param commands tell where logs are */
    public ServerGroup(ServerCommands commands) {
        this.commands = commands;
    }

    /** Starts these together and waits until each is ready; throws FleetException if one is not. */
    public void start(List<Server> servers) {
        for (Server server : servers) {
            Server.Running process = server.start();
            synchronized (this) {
                running.push(process);
            }
        }
        for (Server server : servers) {
            if (Poll.until(
                            READY,
                            () -> Optional.of(true)
                                    .filter(yes -> server.readiness().isReady()))
                    .isEmpty()) {
                throw new FleetException(server.name() + " is not ready within " + READY.toSeconds() + " s: see "
                        + commands.folder().log(server.name()));
            }
        }
    }

    /** Ends all, the last that was started first. */
    @Override
    public synchronized void close() {
        while (!running.isEmpty()) {
            running.pop().stop(GRACE);
        }
    }
}
