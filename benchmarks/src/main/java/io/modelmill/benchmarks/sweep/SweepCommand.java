package io.modelmill.benchmarks.sweep;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.benchmarks.figure.FigureTable;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.figure.Median;
import io.modelmill.benchmarks.machine.ChildProcess;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.training.TrainerProcess;
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
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what the stopping rules of sweeps save. */
@Command(
        name = "sweep",
        mixinStandardHelpOptions = true,
        description = {
            "The stopping rules of sweeps beside random search: the same configurations of a network of handwritten digits, each"
                    + " trained to its end once, and what each rule would have stopped of them with four trials at a time."
        })
public final class SweepCommand implements Callable<Integer> {
    private static final Goal POINTS = Goal.atMost(0.5);
    private static final Goal SHARE = Goal.atMost(0.5);

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "10",
            description = "Sweeps, of which the median is told (default: ${DEFAULT-VALUE}).")
    private int seeds;

    @Option(names = "--quick", description = "Two seeds, nine trials: to see that it works, not to report.")
    private boolean quick;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (seeds < 1 || seeds > 1000) {
            throw new FleetException("--seeds: " + seeds + " (expected: 1 to 1000)");
        }
        int sweeps = quick ? 2 : seeds;
        int trials = quick ? 9 : 27;
        Installation installation = Installation.holding(SweepCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        List<SeedResult> results = new ArrayList<>();
        try (Workspace workspace = Workspace.open()) {
            Path folder = Files.createDirectories(workspace.folder().resolve("sweep"));
            ChildProcess process = TrainerProcess.start(
                    installation,
                    workspace,
                    "sweep",
                    SweepRunnerMain.class,
                    List.of(
                            installation
                                    .home()
                                    .resolve("examples/digits/digits.csv")
                                    .toString(),
                            Integer.toString(sweeps),
                            Integer.toString(trials),
                            "27",
                            folder.toString()));
            for (int seed = 0; seed < sweeps; seed++) {
                SeedResult result = SeedResult.parse(process.hear());
                results.add(result);
                out.println(String.format(
                        Locale.ROOT,
                        "seed %d: random %.4f in %d epochs, asha %.4f in %d, median rule %.4f in %d",
                        result.seed(),
                        result.randomBest(),
                        result.randomEpochs(),
                        result.ashaBest(),
                        result.ashaEpochs(),
                        result.medianBest(),
                        result.medianEpochs()));
                out.flush();
            }
        }
        List<Figure> figures = List.of(
                Figure.of("random.best_accuracy", median(results, SeedResult::randomBest), "ratio"),
                Figure.of("asha.best_accuracy", median(results, SeedResult::ashaBest), "ratio"),
                Figure.of(
                        "asha.below_random",
                        median(results, result -> 100 * (result.randomBest() - result.ashaBest())),
                        "points",
                        POINTS),
                Figure.of(
                        "asha.share_of_epochs",
                        median(results, result -> (double) result.ashaEpochs() / result.randomEpochs()),
                        "ratio",
                        SHARE),
                Figure.of(
                        "median_rule.below_random",
                        median(results, result -> 100 * (result.randomBest() - result.medianBest())),
                        "points"),
                Figure.of(
                        "median_rule.share_of_epochs",
                        median(results, result -> (double) result.medianEpochs() / result.randomEpochs()),
                        "ratio"));
        FigureTable.print(out, figures);
        Path file = FigureFile.of(installation.home(), "sweep");
        FigureFile.write(file, figures);
        out.println("Written to " + file);
        return 0;
    }

    private static double median(List<SeedResult> results, ToDoubleFunction<SeedResult> figure) {
        return Median.of(results.stream().mapToDouble(figure).boxed().toList());
    }
}
