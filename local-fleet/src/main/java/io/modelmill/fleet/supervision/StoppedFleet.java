package io.modelmill.fleet.supervision;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Trees;
import io.modelmill.fleet.process.PostgresProcesses;
import io.modelmill.fleet.process.Server;
import io.modelmill.localservers.LocalPorts;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** PostgreSQL alone on the folder of a fleet that is down, which stays down for as long as this is open. */
public final class StoppedFleet implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final FleetLock lock;
    private final Server.Running postgres;
    private final int port;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Thread hook = Thread.ofPlatform().name("stopped-fleet").unstarted(this::stop);

    private StoppedFleet(FleetLock lock, Server.Running postgres, int port) {
        this.lock = lock;
        this.postgres = postgres;
        this.port = port;
    }

    /**
     * Starts the server on the folder's data.
     *
     * @throws FleetException if a fleet runs there
     */
    public static StoppedFleet open(FleetFolder folder) {
        folder.requireRestored();
        FleetLock lock = FleetLock.acquire(folder);
        try {
            int _ = Orphans.stop(folder);
            return start(lock, folder);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Starts the server on new data that are to become the folder's, where {@link FleetFolder#restoring} says; what lay there of an
     * earlier try is removed.
     *
     * @throws FleetException if a fleet runs there
     */
    public static StoppedFleet openNew(FleetFolder folder) {
        FleetLock lock = FleetLock.acquire(folder);
        try {
            FleetFolder data = folder.restoring();
            int _ = Orphans.stop(data);
            Trees.delete(data.root());
            data.create();
            return start(lock, data);
        } catch (IOException e) {
            lock.close();
            throw new FleetException(folder.restoring().root() + ": cannot be removed (" + e + ")", e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static StoppedFleet start(FleetLock lock, FleetFolder data) {
        int port = LocalPorts.free();
        Server.Running postgres = new PostgresProcesses(
                        data.postgres(), port, data.cache("postgres"), data.log("postgres"), FleetServers.DATABASES)
                .start();
        StoppedFleet fleet = new StoppedFleet(lock, postgres, port);
        // Ctrl-C must not leave a server behind.
        Runtime.getRuntime().addShutdownHook(fleet.hook);
        return fleet;
    }

    /** Where PostgreSQL listens. */
    public int port() {
        return port;
    }

    /** Stops the server; the folder stays locked. */
    public void stop() {
        if (stopped.compareAndSet(false, true)) {
            postgres.stop(GRACE);
        }
    }

    @Override
    public void close() {
        stop();
        lock.close();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This program ends, and the hook finds nothing left to do.
            return;
        }
    }
}
