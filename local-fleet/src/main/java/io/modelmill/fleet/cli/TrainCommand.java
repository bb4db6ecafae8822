package io.modelmill.fleet.cli;

import io.grpc.Channel;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.client.JobFollower;
import io.modelmill.fleet.client.Phases;
import io.modelmill.fleet.client.TenantKey;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.supervision.FleetState;
import io.modelmill.fleet.train.Expectation;
import io.modelmill.fleet.train.Recipe;
import io.modelmill.fleet.train.RecipeReader;
import io.modelmill.fleet.train.RecipeRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains what a recipe describes. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = {
            "Trains what a recipe describes, such as examples/digits/mlp.yaml: starts the fleet if none runs, uploads the data,"
                    + " submits the job and shows it, waits until the version is served, and compares its measures with the"
                    + " recipe's figures and its answers with the trainer's.",
            "Exits with 0 only if all figures are reached and no answer is more than 1e-4 away."
        })
final class TrainCommand implements Callable<Integer> {
    private static final Pattern TENANT = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    @Mixin
    private FleetSettings settings = new FleetSettings();

    @Parameters(paramLabel = "FILE", description = "The recipe, in YAML or JSON.")
    private Path file = Path.of("");

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = RecipeReader.FULL,
            description = "One of the recipe's sizes, such as small (default: ${DEFAULT-VALUE}).")
    private String size = RecipeReader.FULL;

    @Option(
            names = "--tenant",
            paramLabel = "ID",
            defaultValue = "local",
            description = "Whose data, job and model it is; made unless it is there (default: ${DEFAULT-VALUE}).")
    private String tenant = "local";

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description =
                    "File with an API key of the tenant (default: one that is made and kept with the fleet's own).")
    @Nullable
    private Path keyFile;

    @Option(
            names = "--dataset-folder",
            paramLabel = "DIR",
            description = "Folder of the data set's files (default: what the recipe says).")
    @Nullable
    private Path datasetFolder;

    @Option(
            names = "--validate-only",
            description = "Upload the data and have the job checked, tell what it would need, and train nothing.")
    private boolean validateOnly;

    @Option(names = "--down", description = "Stop the fleet afterwards.")
    private boolean down;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        // Before anything is started: most mistakes are in the recipe.
        Recipe recipe = RecipeReader.read(file, size, Optional.ofNullable(datasetFolder));
        recipe.dataset().requireFiles();
        if (!TENANT.matcher(tenant).matches()) {
            throw new FleetException("--tenant: \"" + tenant + "\" (expected: " + TENANT + ")");
        }
        FleetFolder folder = settings.folder();
        BackgroundFleet fleet = new BackgroundFleet(folder, out);
        Phases phases = new Phases(folder);
        Instant begin = Instant.now();
        FleetState state = FleetStart.ensure(fleet, settings, out);
        phases.add("start", Duration.between(begin, Instant.now()));
        try (GatewayConnection gateway =
                GatewayConnection.open(state.ports().gateway().grpc(), state.trustedCertificate())) {
            Channel channel = gateway.with(phases.run(
                    "tenant and key",
                    "gateway",
                    () -> keyFile == null
                            ? TenantKey.obtain(gateway, new FleetKeys(folder.keys()), tenant, out)
                            : key(keyFile)));
            JobFollower follower = new JobFollower(folder, phases, out, FleetStart.isTerminal());
            RecipeRun run = new RecipeRun(channel, tenant, follower, phases, out);
            if (validateOnly) {
                run.validate(recipe);
            } else {
                judge(run.train(recipe));
            }
            out.println("Time: " + phases.summary() + ".");
        } finally {
            if (down) {
                fleet.stop();
                out.println("The fleet is down.");
            }
            out.flush();
        }
        return 0;
    }

    private static void judge(RecipeRun.Outcome outcome) {
        if (!outcome.missed().isEmpty()) {
            throw new FleetException(outcome.missed().stream()
                    .map(Expectation::measure)
                    .collect(Collectors.joining(", ", "not reached: ", " (expected: as the recipe says)")));
        }
        if (!outcome.isGood()) {
            throw new FleetException("served answers are " + outcome.largestDifference()
                    + " from the trainer's (expected: at most " + RecipeRun.TOLERANCE + ")");
        }
    }

    private static String key(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new FleetException("--key-file: " + file + " cannot be read (" + e + ")", e);
        }
    }
}
