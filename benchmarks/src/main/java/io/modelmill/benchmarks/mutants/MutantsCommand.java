package io.modelmill.benchmarks.mutants;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.benchmarks.figure.FigureTable;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.mutants.MutantRun.Judged;
import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks for models that a registry neither takes nor refuses, or that do it harm. */
@Command(
        name = "mutants",
        mixinStandardHelpOptions = true,
        description = {
            "Sends mutated ONNX files to a registry of its own, which must find each READY or refuse it with a reason, and neither"
                    + " die nor grow nor leave anything behind. Exits with 1 if a goal does not hold."
        })
public final class MutantsCommand implements Callable<Integer> {
    private static final int MOST_SHOWN = 5;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "5000",
            description = "Mutants that are sent (default: ${DEFAULT-VALUE}).")
    private int count;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of what is mutated, and how (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Of five models that are right, to time their validation (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, StatusException, InterruptedException, ExecutionException {
        require(count >= 1 && count <= 1_000_000, "--count", count, "1 to 1000000");
        require(rounds >= 1 && rounds <= 100, "--rounds", rounds, "1 to 100");
        Installation installation = Installation.holding(MutantsCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        List<Figure> figures;
        try (Workspace workspace = Workspace.open()) {
            Path temporary = Files.createDirectory(workspace.folder().resolve("tmp"));
            ServerCommands commands = new ServerCommands(
                    installation,
                    new FleetFolder(workspace.folder().resolve("fleet")),
                    // All of the heap from the start: what grows is something else.
                    List.of("-Xms256m", "-XX:+AlwaysPreTouch", "-Djava.io.tmpdir=" + temporary));
            RegistryServers servers = workspace.keep(new RegistryServers(commands));
            List<String> paths = List.of(
                    workspace.folder().toString(),
                    System.getProperty("java.home"),
                    installation.home().toString());
            MutantsBenchmark benchmark = new MutantsBenchmark(servers, temporary, paths, line -> tell(out, line));
            benchmark.compare(rounds);
            tellVerdicts(out, benchmark.send(count, seed));
            figures = benchmark.figures();
            workspace.drop(servers);
        }
        FigureTable.print(out, figures);
        Path file = FigureFile.of(installation.home(), "mutants");
        FigureFile.write(file, figures);
        out.println("Written to " + file);
        return figures.stream().anyMatch(figure -> Boolean.FALSE.equals(figure.holds())) ? 1 : 0;
    }

    private static void tellVerdicts(PrintWriter out, List<Judged> judged) {
        MutantRun.table(judged).forEach((mutation, states) -> out.println("  " + mutation + ": " + states));
        judged.stream()
                .filter(one -> one.verdict().state() == Verdict.State.LOST)
                .limit(MOST_SHOWN)
                .forEach(one -> out.println("lost: " + one));
        out.flush();
    }

    private static void tell(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }

    private static void require(boolean condition, String option, int value, String expected) {
        if (!condition) {
            throw new FleetException(option + ": " + value + " (expected: " + expected + ")");
        }
    }
}
