package io.modelmill.benchmarks.runner;

import com.google.gson.Gson;
import io.modelmill.benchmarks.machine.ChildProcess;
import io.modelmill.benchmarks.machine.JavaCommand;
import io.modelmill.benchmarks.machine.Processors;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.Input;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** ONNX Runtime in a process of its own on the server's processor, idle between runs. */
public final class InProcess {
    private static final double NANOSECONDS = 1e9;

    private final Gson gson = new Gson();
    private final ChildProcess process;
    private final Path folder;

    private InProcess(ChildProcess process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    /** Starts the process, which ends with the workspace. */
    public static InProcess start(Workspace workspace, Processors processors) {
        ChildProcess process = workspace.keep(ChildProcess.talking(
                "the in-process runner",
                processors.onServer(JavaCommand.of(RunnerMain.class)),
                workspace.folder().resolve("runner.log")));
        return new InProcess(process, workspace.folder());
    }

    /**
     * Runs a model.
     *
     * @param graph its file
     * @param rows of each run
     */
    public RunOutcome run(BenchModel model, Path graph, int rows, Duration warmUp, Duration measured) {
        List<RunOrder.Fed> inputs = new ArrayList<>();
        for (Input input : model.inputs()) {
            inputs.add(new RunOrder.Fed(
                    input.name(),
                    input.datatype(),
                    input.shape(),
                    raw(model.name(), input).toString()));
        }
        RunOrder order = new RunOrder(
                graph.toString(), inputs, rows, warmUp.toNanos() / NANOSECONDS, measured.toNanos() / NANOSECONDS);
        return gson.fromJson(process.ask(gson.toJson(order)), RunOutcome.class);
    }

    private Path raw(String model, Input input) {
        Path file = folder.resolve(model + "-" + input.name() + ".raw");
        try {
            return Files.exists(file) ? file : Files.write(file, input.raw());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
