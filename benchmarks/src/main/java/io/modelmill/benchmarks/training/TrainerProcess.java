package io.modelmill.benchmarks.training;

import io.modelmill.benchmarks.machine.ChildProcess;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A process that is started like a worker, with the benchmark's own classes behind the worker's. */
public final class TrainerProcess {
    private TrainerProcess() {}

    /**
     * Starts a main class of the benchmarks.
     *
     * @param name of its log in the workspace
     */
    public static ChildProcess start(
            Installation installation, Workspace workspace, String name, Class<?> main, List<String> arguments) {
        Path worker = installation.home().resolve("training-worker/target/worker");
        if (Files.notExists(worker.resolve("training-worker.jar"))) {
            throw new FleetException(worker + ": no training-worker.jar (expected: the built worker)");
        }
        List<String> command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                String.join(
                        File.pathSeparator,
                        worker.resolve("training-worker.jar").toString(),
                        worker.resolve("lib").resolve("*").toString(),
                        installation
                                .home()
                                .resolve("benchmarks/target/benchmarks.jar")
                                .toString()),
                main.getName()));
        command.addAll(arguments);
        return workspace.keep(ChildProcess.talking(
                "the trainer",
                command,
                Map.of("OPENBLAS_NUM_THREADS", "1", "OMP_WAIT_POLICY", "passive"),
                workspace.folder().resolve(name + ".log")));
    }
}
