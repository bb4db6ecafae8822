package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.supervision.FleetState;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts the fleet. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = "Starts the fleet and stops it on Ctrl-C; its data stay for the next start.")
final class UpCommand implements Callable<Integer> {
    @Mixin
    private FleetSettings settings = new FleetSettings();

    @Option(names = "--detach", description = "Return once the fleet is up; `down` stops it.")
    private boolean detach;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        FleetFolder folder = settings.folder();
        BackgroundFleet fleet = new BackgroundFleet(folder, out);
        Optional<FleetState> running = fleet.running();
        if (running.isPresent()) {
            settings.requireMatch(running.get());
            out.println("Modelmill is up already.");
            print(out, folder, running.get());
            return 0;
        }
        FleetKeys keys = new FleetKeys(folder.keys());
        boolean first = Files.notExists(keys.admin());
        if (!detach) {
            // From here on: Ctrl-C while the fleet starts stops it as well.
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
                if (fleet.supervisor().isPresent()) {
                    System.out.println("Stopping the fleet ...");
                    fleet.stop();
                }
            }));
        }
        FleetState state = fleet.start(settings);
        out.println("Modelmill is up.");
        print(out, folder, state);
        if (first) {
            out.println(
                    "The administrator's key, shown this once (kept in " + keys.admin() + " without its mm_admin.):");
            out.println("  " + keys.adminCredential());
        }
        out.println(detach ? "Stop it with: modelmill down" : "Stop it with Ctrl-C. What happens to it from here on:");
        out.flush();
        return detach ? 0 : follow(out, folder, state);
    }

    private static int follow(PrintWriter out, FleetFolder folder, FleetState state) {
        LogFollower follower = new LogFollower(List.of("fleet"), folder, out);
        follower.skipToEnd();
        Optional<ProcessHandle> supervisor = state.supervisor().find();
        follower.followWhile(() -> supervisor.filter(ProcessHandle::isAlive).isPresent());
        return 1;
    }

    /** Where callers find the fleet. */
    static void print(PrintWriter out, FleetFolder folder, FleetState state) {
        String scheme = state.trustedCertificate().isPresent() ? "https" : "http";
        out.println("  gRPC  127.0.0.1:" + state.ports().gateway().grpc() + (scheme.equals("https") ? " (TLS)" : ""));
        out.println(
                "  REST  " + scheme + "://127.0.0.1:" + state.ports().gateway().http());
        out.println("  data  " + folder.root());
        out.flush();
    }
}
