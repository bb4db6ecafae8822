package io.modelmill.benchmarks.inference;

import ai.onnxruntime.OrtEnvironment;
import io.modelmill.benchmarks.echo.EchoProcess;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.benchmarks.figure.FigureTable;
import io.modelmill.benchmarks.figure.GoalPicture;
import io.modelmill.benchmarks.machine.Processors;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.ModelFolder;
import io.modelmill.benchmarks.runner.InProcess;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures inference-service, which it starts itself. */
@Command(
        name = "inference",
        mixinStandardHelpOptions = true,
        description = {
            "inference-service, which it starts on a folder of models, beside a bare gRPC server that carries the same"
                    + " bytes and beside ONNX Runtime in process, all on one processor and the load on the others."
        })
public final class InferenceCommand implements Callable<Integer> {
    @Option(
            names = "--only",
            paramLabel = "N",
            split = ",",
            description = "Benchmarks by number, such as 1,2 (default: all).")
    private @Nullable List<Integer> only;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "4",
            description = "Time of one measurement (default: ${DEFAULT-VALUE}); each is repeated in rounds.")
    private double seconds;

    @Option(names = "--quick", description = "One short round of each: to see that it works, not to report.")
    private boolean quick;

    private boolean unmeasured;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException, IOException {
        if (!(seconds > 0 && seconds <= 600)) {
            throw new FleetException("--seconds: " + seconds + " (expected: above 0, at most 600)");
        }
        Installation installation = Installation.holding(InferenceCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        SortedMap<Integer, Benchmark> chosen = choose(benchmarks(new MiniLmModel(installation.home(), out)));
        // Before Netty counts the processors.
        Processors processors = Processors.detect();
        processors.pinThisProcess();
        out.println("Machine: " + processors.describe() + "; JDK " + Runtime.version() + "; ONNX Runtime "
                + OrtEnvironment.getEnvironment().getVersion() + "; " + System.getProperty("os.name") + " "
                + System.getProperty("os.version"));
        List<Figure> figures = new ArrayList<>();
        try (Workspace workspace = Workspace.open()) {
            figures.addAll(measure(installation, processors, workspace, chosen, out));
        }
        Path file = FigureFile.of(installation.home(), "inference");
        FigureFile.write(file, figures);
        Path picture = file.resolveSibling("inference.png");
        GoalPicture.write(picture, "inference-service beside what it is made of", figures);
        out.println("Written to " + file + " and " + picture);
        return unmeasured ? 1 : 0;
    }

    private List<Figure> measure(
            Installation installation,
            Processors processors,
            Workspace workspace,
            SortedMap<Integer, Benchmark> chosen,
            PrintWriter out)
            throws InterruptedException {
        ModelFolder folder = ModelFolder.create(workspace.folder().resolve("models"));
        // One that every run serves: the folder of a server may not be empty.
        folder.add(BenchModels.small(), 1);
        for (Benchmark benchmark : chosen.values()) {
            benchmark.prepare(folder);
        }
        Bench.Surroundings surroundings = new Bench.Surroundings(installation, workspace, processors);
        Bench bench = new Bench(
                surroundings,
                surroundings.server(folder, List.of()),
                folder,
                EchoProcess.start(workspace, processors),
                InProcess.start(workspace, processors),
                pace(),
                out);
        List<Figure> figures = new ArrayList<>();
        for (Map.Entry<Integer, Benchmark> each : chosen.entrySet()) {
            out.println(each.getKey() + ". " + each.getValue().title());
            try {
                List<Figure> found = each.getValue().run(bench);
                FigureTable.print(out, found);
                figures.addAll(found);
            } catch (FleetException e) {
                if (bench.surroundings().workspace().isClosed()) {
                    throw e;
                }
                // The others are worth their minutes.
                out.println("  NOT MEASURED: " + e.getMessage());
                unmeasured = true;
            }
        }
        return figures;
    }

    private static SortedMap<Integer, Benchmark> benchmarks(MiniLmModel miniLm) {
        return new TreeMap<>(Map.of(
                1, new OverheadBenchmark(),
                2, new ThroughputBenchmark(miniLm),
                3, new BatchingBenchmark(miniLm),
                4, new OverloadBenchmark(miniLm),
                5, new TenantsBenchmark(),
                6, new SwapBenchmark()));
    }

    private SortedMap<Integer, Benchmark> choose(SortedMap<Integer, Benchmark> all) {
        if (only == null) {
            return all;
        }
        SortedMap<Integer, Benchmark> chosen = new TreeMap<>(all);
        chosen.keySet().retainAll(only);
        for (int number : only) {
            if (!all.containsKey(number)) {
                throw new FleetException("--only: " + number + " (expected: some of " + all.keySet() + ")");
            }
        }
        return chosen;
    }

    private Pace pace() {
        return quick
                ? new Pace(Duration.ofMillis(200), Duration.ofMillis(800), 1, 25, 2)
                : new Pace(Duration.ofMillis(500), Duration.ofNanos((long) (seconds * 1e9)), 3, 200, 15);
    }
}
