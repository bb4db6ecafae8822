package io.modelmill.fleet.supervision;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.ProcessRef;
import io.modelmill.fleet.process.Processes;
import io.modelmill.fleet.process.Server;
import io.modelmill.fleet.process.SupervisedServer;
import io.modelmill.fleet.supervision.FleetState.Phase;
import io.modelmill.fleet.supervision.FleetState.ServerState;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A fleet: PostgreSQL, Kafka and the packaged services, each a process of its own on loopback. A process that dies is
 * started again. Only one fleet runs on a data folder.
 */
public final class Fleet implements AutoCloseable {
    /** How long the first readiness of one stage may take; a cold machine unpacks and formats first. */
    private static final Duration STAGE_LIMIT = Duration.ofMinutes(3);
    /** How long a process may take to end by itself. */
    private static final Duration GRACE = Duration.ofSeconds(15);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration PROBE_EVERY = Duration.ofMillis(100);

    private final FleetOptions options;
    private final Consumer<String> log;
    private final FleetLock lock;
    private final List<List<SupervisedServer>> stages;
    private final Set<SupervisedServer> started = ConcurrentHashMap.newKeySet();
    /** Why the fleet does not go on. */
    private final CompletableFuture<String> end = new CompletableFuture<>();

    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock closing = new ReentrantLock();
    private boolean closed;
    private boolean forgotten;
    private volatile Phase phase = Phase.STARTING;

    private Fleet(FleetOptions options, Consumer<String> log, FleetLock lock) {
        this.options = options;
        this.log = log;
        this.lock = lock;
        SupervisedServer.Listener listener = new Listener();
        this.stages = new FleetServers(options)
                .stages().stream()
                        .map(stage -> stage.stream()
                                .map(server -> new SupervisedServer(server, listener))
                                .toList())
                        .toList();
    }

    /**
     * Takes hold of the data folder and checks all that can be checked before a process is started.
     *
     * @param log told in one line what happens
     * @throws FleetException if another fleet runs there, a port is taken or a part is missing
     */
    public static Fleet open(FleetOptions options, Consumer<String> log) {
        options.folder().requireRestored();
        options.folder().create();
        FleetLock lock = FleetLock.acquire(options.folder());
        try {
            int orphans = Orphans.stop(options.folder());
            if (orphans > 0) {
                log.accept("stopped " + orphans + " processes that a killed supervisor had left behind");
            }
            options.keys().create();
            options.ports().requireFree();
            return new Fleet(options, log, lock);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Opens and starts a fleet. */
    public static Fleet start(FleetOptions options, Consumer<String> log) {
        Fleet fleet = open(options, log);
        fleet.start();
        return fleet;
    }

    /**
     * Starts all processes and waits until they can answer.
     *
     * @throws FleetException if one of them does not get there; nothing is left running then
     */
    public void start() {
        Thread.ofPlatform().name("fleet-descendants").daemon().start(this::watchDescendants);
        try {
            for (List<SupervisedServer> stage : stages) {
                stage.forEach(SupervisedServer::start);
                awaitReady(stage, STAGE_LIMIT);
            }
        } catch (FleetException e) {
            end.complete(String.valueOf(e.getMessage()));
            close();
            throw e;
        }
        phase = Phase.UP;
        writeState();
    }

    /** How the fleet was started. */
    public FleetOptions options() {
        return options;
    }

    /** Names of the processes in the order of their start. */
    public List<String> names() {
        return servers().map(server -> server.server().name()).toList();
    }

    /** Every process of the fleet that runs now, and what those processes started. */
    public List<ProcessHandle> processes() {
        noteDescendants();
        return servers()
                .flatMap(server -> Stream.concat(server.process().stream(), server.descendants().alive().stream()))
                .toList();
    }

    /** Kills one process as a crash would; it is started again by itself. */
    public void kill(String name) {
        ProcessHandle process =
                server(name).process().orElseThrow(() -> new IllegalStateException(name + " does not run now"));
        Processes.kill(List.of(process));
    }

    /** How often a process was started again. */
    public int restarts(String name) {
        return server(name).restarts();
    }

    /** Waits until every process can answer. */
    public void awaitReady(Duration limit) {
        awaitReady(servers().toList(), limit);
    }

    /** Waits until the fleet does not go on; answers why. */
    public String awaitEnd() {
        return end.join();
    }

    @Override
    public void close() {
        stop();
    }

    /**
     * Stops all processes, those of the last stage first. None is left when this returns.
     *
     * @return false if it was stopped before
     */
    public boolean stop() {
        closing.lock();
        try {
            if (closed) {
                return false;
            }
            closed = true;
            boolean failed = !end.complete("the fleet was stopped");
            phase = Phase.STOPPING;
            writeState();
            for (List<SupervisedServer> stage : stages.reversed()) {
                // One after the other from the door inwards: a request under way still finds what it needs.
                stage.reversed().forEach(server -> server.stop(GRACE));
            }
            if (failed) {
                phase = Phase.FAILED;
                writeState();
            } else {
                removeState();
            }
            lock.close();
            return true;
        } finally {
            closing.unlock();
        }
    }

    private void awaitReady(List<SupervisedServer> wanted, Duration limit) {
        Instant deadline = Instant.now().plus(limit);
        List<SupervisedServer> missing = wanted;
        while (true) {
            missing = missing.stream().filter(server -> !becameReady(server)).toList();
            if (missing.isEmpty()) {
                return;
            }
            if (Instant.now().isAfter(deadline)) {
                throw new FleetException("not ready within " + limit.toSeconds() + " s: "
                        + missing.stream().map(this::nameAndLog).collect(Collectors.joining(", ")));
            }
            if (endsWithin(PROBE_EVERY)) {
                throw new FleetException(end.join());
            }
        }
    }

    private boolean endsWithin(Duration pause) {
        try {
            end.get(pause.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("an end is never exceptional", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FleetException("interrupted while waiting for the fleet", e);
        }
    }

    private void watchDescendants() {
        while (!endsWithin(LOOK_EVERY)) {
            try {
                noteDescendants();
            } catch (UncheckedIOException e) {
                log.accept("the state cannot be written: " + e.getMessage());
            }
        }
    }

    private boolean becameReady(SupervisedServer server) {
        if (!server.isReady()) {
            return false;
        }
        if (started.add(server)) {
            log.accept(
                    server.server().name() + " is ready at " + server.server().address());
            writeState();
        }
        return true;
    }

    private void noteDescendants() {
        boolean changed = false;
        for (SupervisedServer server : servers().toList()) {
            Optional<ProcessHandle> process = server.process();
            changed |= process.isPresent() && server.descendants().look(process.get());
        }
        if (changed) {
            writeState();
        }
    }

    private void writeState() {
        writing.lock();
        try {
            if (forgotten) {
                return;
            }
            new FleetState(
                            ProcessRef.of(ProcessHandle.current()),
                            phase,
                            phase == Phase.FAILED ? end.join() : "",
                            options.ports(),
                            options.tls().map(FleetOptions.Tls::certificate),
                            servers().map(this::state).toList(),
                            servers()
                                    .flatMap(server -> server.descendants().alive().stream())
                                    .map(ProcessRef::of)
                                    .toList())
                    .write(options.folder());
        } finally {
            writing.unlock();
        }
    }

    private void removeState() {
        writing.lock();
        try {
            forgotten = true;
            FleetState.remove(options.folder());
        } finally {
            writing.unlock();
        }
    }

    private ServerState state(SupervisedServer server) {
        return new ServerState(
                server.server().name(),
                server.server().address(),
                server.server().readiness(),
                server.process().map(ProcessRef::of),
                server.restarts(),
                started.contains(server));
    }

    private String nameAndLog(SupervisedServer server) {
        return nameAndLog(server.server());
    }

    private String nameAndLog(Server server) {
        return server.name() + " (see " + options.folder().log(server.name()) + ")";
    }

    private Stream<SupervisedServer> servers() {
        return stages.stream().flatMap(List::stream);
    }

    private SupervisedServer server(String name) {
        return servers()
                .filter(server -> server.server().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "process: \"" + name + "\" (expected: one of " + String.join(", ", names()) + ")"));
    }

    private final class Listener implements SupervisedServer.Listener {
        @Override
        public void changed() {
            writeState();
        }

        @Override
        public void died(Server server, String why, Duration pause) {
            log.accept(server.name() + " died (" + why + "), starting again in " + pause.toMillis() + " ms");
        }

        @Override
        public void givenUp(Server server, String why) {
            end.complete(nameAndLog(server) + " died again and again, the last time with: " + why);
        }
    }
}
