package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.process.ProcessRef;
import io.modelmill.fleet.supervision.FleetState;
import io.modelmill.fleet.supervision.FleetState.ServerState;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells how the fleet is. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Tells how each process is; exits with 0 only if all are ready.")
final class StatusCommand implements Callable<Integer> {
    private static final String ROW = "%-22s %8s  %-5s  %8s  %9s  %s%n";
    private static final String UNKNOWN = "-";

    @Mixin
    private FolderOption where = new FolderOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        FleetFolder folder = where.folder();
        Optional<FleetState> read = FleetState.read(folder);
        if (read.isEmpty()) {
            out.println("No fleet runs on " + folder.root() + ".");
            return 1;
        }
        FleetState state = read.get();
        out.printf(ROW, "PROCESS", "PID", "READY", "RESTARTS", "MEMORY", "ADDRESS");
        boolean supervised = state.isSupervised();
        row(
                out,
                "supervisor",
                Optional.of(state.supervisor()),
                supervised,
                UNKNOWN,
                folder.root().toString());
        boolean all = supervised;
        for (ServerState server : state.servers()) {
            boolean ready = server.process().flatMap(ProcessRef::find).isPresent()
                    && server.readiness().isReady();
            all &= ready;
            row(out, server.name(), server.process(), ready, Integer.toString(server.restarts()), server.address());
        }
        if (!supervised) {
            out.println("The supervisor is gone" + (state.message().isEmpty() ? "" : ": " + state.message())
                    + ". The next `modelmill up` clears up what it left behind.");
        }
        return all ? 0 : 1;
    }

    private static void row(
            PrintWriter out,
            String name,
            Optional<ProcessRef> process,
            boolean ready,
            String restarts,
            String address) {
        Optional<ProcessHandle> alive = process.flatMap(ProcessRef::find);
        out.printf(
                ROW,
                name,
                alive.map(found -> Long.toString(found.pid())).orElse(UNKNOWN),
                ready ? "yes" : "no",
                restarts,
                alive.map(StatusCommand::memory).orElse(UNKNOWN),
                address);
    }

    /** Resident memory, where the system tells it in a file. */
    private static String memory(ProcessHandle process) {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.isReadable(status)) {
            return UNKNOWN;
        }
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024 + " MiB")
                    .findFirst()
                    .orElse(UNKNOWN);
        } catch (IOException e) {
            // The process ended between the two looks.
            return UNKNOWN;
        }
    }
}
