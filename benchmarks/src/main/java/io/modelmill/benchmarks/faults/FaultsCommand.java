package io.modelmill.benchmarks.faults;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.benchmarks.figure.FigureTable;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks for jobs that are lost or doubled while everything is killed, stopped and cut off. */
@Command(
        name = "faults",
        mixinStandardHelpOptions = true,
        description = {
            "Submits jobs to a fleet of its own while its services, broker, database, workers and connections are killed, stopped"
                    + " and cut off at random, then lets all settle and counts what was lost, doubled, out of order or taken"
                    + " from a worker that had lost its job. Exits with 1 if anything was."
        })
public final class FaultsCommand implements Callable<Integer> {
    private static final int MOST_SHOWN = 5;
    private static final Duration QUICK = Duration.ofSeconds(75);

    @Option(
            names = "--submissions",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Jobs that are submitted (default: ${DEFAULT-VALUE}).")
    private int submissions;

    @Option(
            names = "--real",
            paramLabel = "N",
            defaultValue = "50",
            description =
                    "How many of them the real worker trains; a small one that speaks the same protocol does the others"
                            + " (default: ${DEFAULT-VALUE}).")
    private int real;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of faults, submissions and what workers do (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "25",
            description = "How long faults happen (default: ${DEFAULT-VALUE}).")
    private double minutes;

    @Option(names = "--quick", description = "30 jobs, 2 of them real, 75 seconds of faults: as the tests run it.")
    private boolean quick;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keeps the fleet's data and logs in this folder, which must be new or empty"
                    + " (default: a temporary one that is deleted).")
    private @Nullable Path data;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** The campaign that the tests run. */
    public static CampaignPlan quick(long seed) {
        return new CampaignPlan(seed, 30, 2, QUICK, CampaignPlan.SHORTEST_OUTAGE, Duration.ofMinutes(12));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, StatusException {
        CampaignPlan plan = plan();
        Path folder = data;
        if (folder != null && Files.exists(folder)) {
            try (var content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new FleetException("--data: " + folder + " is not empty (expected: a new or empty folder)");
                }
            }
        }
        Installation installation = Installation.holding(FaultsCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        out.println("seed " + plan.seed() + ": " + plan.submissions() + " submissions, " + plan.real()
                + " with the real worker, faults for " + plan.length().toSeconds() + " s");
        Campaign.Outcome outcome;
        try (Workspace workspace = Workspace.open()) {
            outcome = new Campaign(
                            plan,
                            installation,
                            folder == null ? workspace.folder().resolve("fleet") : folder,
                            line -> {
                                out.println(line);
                                out.flush();
                            })
                    .run(workspace);
        }
        FigureTable.print(out, outcome.figures());
        outcome.violations()
                .forEach((figure, violations) -> violations.stream()
                        .limit(MOST_SHOWN)
                        .forEach(violation -> out.println(figure + ": " + violation)));
        Path file = FigureFile.of(installation.home(), "faults");
        FigureFile.write(file, outcome.figures());
        out.println("Written to " + file);
        return outcome.holds() ? 0 : 1;
    }

    private CampaignPlan plan() {
        require(submissions >= 1 && submissions <= 100_000, "--submissions", submissions, "1 to 100000");
        require(
                real >= 0 && real <= submissions,
                "--real",
                real,
                "0 to " + submissions + ", the number of submissions");
        require(minutes >= 1 && minutes <= 600, "--minutes", minutes, "1 to 600");
        if (quick) {
            return quick(seed);
        }
        Duration length = Duration.ofMillis((long) (minutes * 60_000));
        // A minute where there is time for it.
        Duration outage =
                length.compareTo(Duration.ofMinutes(10)) < 0 ? CampaignPlan.SHORTEST_OUTAGE : Duration.ofSeconds(60);
        return new CampaignPlan(seed, submissions, real, length, outage, Duration.ofMinutes(18));
    }

    private static void require(boolean condition, String option, Object value, String expected) {
        if (!condition) {
            throw new FleetException(option + ": " + value + " (expected: " + expected + ")");
        }
    }
}
