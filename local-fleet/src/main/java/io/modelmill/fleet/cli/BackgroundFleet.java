package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.Poll;
import io.modelmill.fleet.process.ProcessRef;
import io.modelmill.fleet.process.Processes;
import io.modelmill.fleet.supervision.FleetState;
import io.modelmill.fleet.supervision.FleetState.Phase;
import io.modelmill.fleet.supervision.Orphans;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The fleet of a data folder, whose supervisor is a process in the background. */
final class BackgroundFleet {
    /** Longer than the supervisor itself waits before it gives up. */
    private static final Duration START_LIMIT = Duration.ofMinutes(10);
    /** Longer than the supervisor gives all its processes together. */
    private static final Duration STOP_LIMIT = Duration.ofMinutes(3);

    private static final int TIME_WIDTH = "2026-01-01 00:00:00,000 ".length();

    private final FleetFolder folder;
    private final PrintWriter out;
    private volatile Optional<ProcessHandle> spawned = Optional.empty();

    BackgroundFleet(FleetFolder folder, PrintWriter out) {
        this.folder = folder;
        this.out = out;
    }

    /** The state of the fleet, if its supervisor runs. */
    Optional<FleetState> running() {
        return FleetState.read(folder).filter(FleetState::isSupervised);
    }

    /** Starts a supervisor that outlives this command, and waits until the fleet is up. */
    FleetState start(FleetSettings settings) {
        List<String> arguments = settings.arguments();
        folder.create();
        out.println("Starting the fleet:");
        out.flush();
        Path log = folder.log("fleet");
        long logged = size(log);
        Process supervisor = spawn(arguments, log);
        spawned = Optional.of(supervisor.toHandle());
        Instant begin = Instant.now();
        Set<String> told = new HashSet<>();
        Optional<FleetState> up = Poll.until(START_LIMIT, () -> {
            Optional<FleetState> state =
                    FleetState.read(folder).filter(read -> read.supervisor().pid() == supervisor.pid());
            state.ifPresent(read -> read.servers().stream()
                    .filter(server -> server.started() && told.add(server.name()))
                    .forEach(server -> out.printf(
                            "  %-22s ready after %4.1f s%n",
                            server.name(),
                            Duration.between(begin, Instant.now()).toMillis() / 1e3)));
            out.flush();
            if (!supervisor.isAlive()) {
                throw new FleetException(lastLine(log, logged));
            }
            return state.filter(read -> read.phase() == Phase.UP);
        });
        return up.orElseThrow(() -> new FleetException("the fleet did not come up; see " + log));
    }

    /** Stops the fleet and all that an earlier one left behind; answers whether there was anything to stop. */
    boolean stop() {
        Optional<ProcessHandle> supervisor = supervisor();
        supervisor.ifPresent(process -> Processes.stop(List.of(process), STOP_LIMIT));
        int orphans = Orphans.stop(folder);
        return supervisor.isPresent() || orphans > 0;
    }

    /** The supervisor's process, if it runs. */
    Optional<ProcessHandle> supervisor() {
        // One that we started a moment ago has written down nothing yet.
        return spawned.or(() ->
                        FleetState.read(folder).map(FleetState::supervisor).flatMap(ProcessRef::find))
                .filter(ProcessHandle::isAlive);
    }

    private Process spawn(List<String> arguments, Path log) {
        List<String> command = new ArrayList<>();
        Path setsid = Path.of("/usr/bin/setsid");
        if (Files.isExecutable(setsid)) {
            // A session of its own: neither Ctrl-C nor a closed terminal reaches the fleet.
            command.add(setsid.toString());
        }
        command.addAll(List.of(
                Installation.java().toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Installation.classPath(),
                FleetMain.class.getName(),
                "supervise"));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new FleetException("the supervisor cannot be started: " + e.getMessage(), e);
        }
    }

    private static long size(Path log) {
        try {
            return Files.exists(log) ? Files.size(log) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the supervisor said last, without its time. */
    private static String lastLine(Path log, long from) {
        List<String> lines = LogFile.of(log).from(from).lines();
        if (lines.isEmpty()) {
            return "the fleet's supervisor ended without a word";
        }
        String last = lines.getLast();
        return last.length() > TIME_WIDTH ? last.substring(TIME_WIDTH) : last;
    }
}
