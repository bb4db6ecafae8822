package io.modelmill.benchmarks.training;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.benchmarks.figure.FigureTable;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.figure.GoalPicture;
import io.modelmill.benchmarks.figure.Median;
import io.modelmill.benchmarks.machine.ChildProcess;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the trainer, in a process like a worker's. */
@Command(
        name = "training",
        mixinStandardHelpOptions = true,
        description = {
            "The trainer beside a bare loop over libtorch that trains the same network on as many rows in the same process,"
                    + " batch 64, Adam, images of 28 x 28: the MLP 784-128-10 and a CNN of two convolutions."
        })
public final class TrainingCommand implements Callable<Integer> {
    private static final Goal MLP_GOAL = Goal.atLeast(0.85);
    private static final Goal CNN_GOAL = Goal.atLeast(0.95);

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Rows of an epoch (default: ${DEFAULT-VALUE}).")
    private int rows;

    @Option(names = "--quick", description = "Few rows and one round: to see that it works, not to report.")
    private boolean quick;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (rows < TrainedNetwork.BATCH || rows > 1_000_000) {
            throw new FleetException("--rows: " + rows + " (expected: " + TrainedNetwork.BATCH + " to 1000000)");
        }
        Installation installation = Installation.holding(TrainingCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Machine: " + Runtime.getRuntime().availableProcessors() + " processors; JDK " + Runtime.version());
        List<Figure> figures = new ArrayList<>();
        try (Workspace workspace = Workspace.open()) {
            figures.addAll(measure(installation, workspace, TrainedNetwork.MLP, quick ? 2 : 6, MLP_GOAL, out));
            figures.addAll(measure(installation, workspace, TrainedNetwork.CNN, quick ? 1 : 2, CNN_GOAL, out));
        }
        Path file = FigureFile.of(installation.home(), "training");
        FigureFile.write(file, figures);
        Path picture = file.resolveSibling("training.png");
        GoalPicture.write(picture, "The trainer beside a bare loop over libtorch", figures);
        out.println("Written to " + file + " and " + picture);
        return 0;
    }

    private List<Figure> measure(
            Installation installation,
            Workspace workspace,
            TrainedNetwork network,
            int epochs,
            Goal goal,
            PrintWriter out)
            throws IOException {
        int counted = quick ? 1000 : rows;
        int rounds = quick ? 2 : 6;
        String name = network.name().toLowerCase(Locale.ROOT);
        Path folder = Files.createDirectories(workspace.folder().resolve(name));
        ChildProcess process = TrainerProcess.start(
                installation,
                workspace,
                name,
                TrainingRunnerMain.class,
                List.of(
                        network.name(),
                        Integer.toString(counted),
                        Integer.toString(epochs),
                        Integer.toString(rounds),
                        folder.toString()));
        List<Double> bare = new ArrayList<>();
        List<Double> trainer = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            Round seen = Round.parse(process.hear());
            // The first warms up: code is compiled, memory is first touched.
            if (round > 0) {
                bare.add(counted / Median.of(seen.bare()));
                trainer.add(counted / Median.of(seen.trainer()));
                ratios.add(trainer.getLast() / bare.getLast());
            }
        }
        List<Figure> figures = List.of(
                Figure.of(name + ".bare.rows_per_second", Median.of(bare), "1/s"),
                Figure.of(name + ".trainer.rows_per_second", Median.of(trainer), "1/s"),
                Figure.of(name + ".trainer.share_of_bare", Median.of(ratios), "ratio", goal));
        FigureTable.print(out, figures);
        out.println("  rounds: "
                + ratios.stream()
                        .map(ratio -> String.format(Locale.ROOT, "%.3f", ratio))
                        .toList());
        return figures;
    }
}
