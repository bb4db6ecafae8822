package io.modelmill.fleet.cli;

import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.client.Phases;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.quickstart.Quickstart;
import io.modelmill.fleet.supervision.FleetState;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Does the main job once, from nothing to predictions. */
@Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        description = "Starts the fleet if none runs, trains a model of handwritten digits and predicts with it.")
final class QuickstartCommand implements Callable<Integer> {
    /** Held-out accuracy below this means that something is wrong with training or serving. */
    private static final double WANTED_ACCURACY = 0.95;

    @Mixin
    private FleetSettings settings = new FleetSettings();

    @Option(names = "--down", description = "Stop the fleet afterwards.")
    private boolean down;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        FleetFolder folder = settings.folder();
        BackgroundFleet fleet = new BackgroundFleet(folder, out);
        Phases phases = new Phases(folder);
        Instant begin = Instant.now();
        FleetState state = FleetStart.ensure(fleet, settings, out);
        phases.add("start", Duration.between(begin, Instant.now()));
        try (GatewayConnection gateway =
                GatewayConnection.open(state.ports().gateway().grpc(), state.trustedCertificate())) {
            Quickstart.Result result = new Quickstart(
                            settings.where.installation(), folder, gateway, phases, out, FleetStart.isTerminal())
                    .run(System.out.charset());
            tell(out, folder, state, phases, result);
        } finally {
            if (down) {
                fleet.stop();
                out.println("The fleet is down.");
            }
        }
        return 0;
    }

    private void tell(PrintWriter out, FleetFolder folder, FleetState state, Phases phases, Quickstart.Result result) {
        String accuracy = String.format(Locale.ROOT, "%.4f", result.accuracy());
        if (result.accuracy() < WANTED_ACCURACY) {
            throw new FleetException("held-out accuracy: " + accuracy + " of " + result.rows()
                    + " digits (expected: at least " + WANTED_ACCURACY + "); see " + folder.log("training-service"));
        }
        out.println(spec.commandLine()
                .getColorScheme()
                .ansi()
                .string("@|bold,green Held-out accuracy: " + accuracy + "|@ of " + result.rows()
                        + " digits that it had never seen, answered by version "
                        + result.version().number() + "."));
        out.println("Time: " + phases.summary() + ".");
        out.println();
        if (!down) {
            out.println("The fleet goes on running:");
            UpCommand.print(out, folder, state);
            tellHowToGoOn(out, folder, state);
        }
        out.flush();
    }

    private static void tellHowToGoOn(PrintWriter out, FleetFolder folder, FleetState state) {
        String trust = state.trustedCertificate()
                .map(file -> " --cacert '" + file + "'")
                .orElse("");
        String address = (trust.isEmpty() ? "http://127.0.0.1:" : "https://localhost:")
                + state.ports().gateway().http();
        out.println("Predict over REST with the tenant's key:");
        out.println("  curl -s" + trust + " " + address + "/v2/models/digits/infer -H \"authorization: Bearer $(cat '"
                + new FleetKeys(folder.keys()).tenant(Quickstart.TENANT) + "')\" \\");
        out.println("    -d '{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,64],\"data\":["
                + "0,".repeat(63) + "0]}]}'");
        out.println("Go on: modelmill status | logs gateway | quickstart (trains another version) | down");
    }
}
