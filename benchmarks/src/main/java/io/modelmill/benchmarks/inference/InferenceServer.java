package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.load.LoadChannel;
import io.modelmill.benchmarks.machine.ChildProcess;
import io.modelmill.benchmarks.machine.LoopbackPort;
import io.modelmill.benchmarks.machine.ProcessUsage;
import io.modelmill.benchmarks.machine.Processors;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.model.ModelFolder;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** inference-service as it is shipped, serving a folder, on the server's processor. */
final class InferenceServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    /** As {@code modelmill inference-service} starts it. */
    private static final List<String> STANDARD = List.of(
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private final ChildProcess process;
    private final LoadChannel connection;

    private InferenceServer(ChildProcess process, LoadChannel connection) {
        this.process = process;
        this.connection = connection;
    }

    /**
     * Starts it; {@link #awaitReady} tells when it answers.
     *
     * @param models at least one
     * @param properties other than the defaults, such as {@code modelmill.repository.poll-interval=100ms}
     */
    static InferenceServer start(
            Installation installation,
            Workspace workspace,
            Processors processors,
            ModelFolder models,
            List<String> properties) {
        int port = LoopbackPort.free();
        List<String> command = new ArrayList<>(List.of(Installation.java().toString()));
        command.addAll(STANDARD);
        properties.forEach(property -> command.add("-D" + property));
        command.addAll(List.of(
                "-jar",
                installation.service("inference-service").toString(),
                "--model-repository",
                models.root().toString(),
                "--port",
                Integer.toString(port),
                "--http-port",
                Integer.toString(LoopbackPort.free())));
        ChildProcess process = ChildProcess.silent(
                "inference-service",
                processors.onServer(command),
                workspace.folder().resolve("server-" + port + ".log"));
        return workspace.keep(new InferenceServer(process, LoadChannel.open(LoopbackPort.HOST, port)));
    }

    /** The connection to it. */
    LoadChannel connection() {
        return connection;
    }

    /** What it uses. */
    ProcessUsage usage() {
        return process.usage();
    }

    /**
     * Waits until a version is loaded.
     *
     * @param version empty for the one that a call without a version takes
     */
    void awaitReady(String model, String version) throws InterruptedException {
        ReadinessClient client = new ReadinessClient(connection.channel());
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!client.isReady(model, version)) {
            process.requireAlive();
            if (System.nanoTime() - end > 0) {
                throw new FleetException(model + " was not ready within " + START_LIMIT + ": " + process.lastWords());
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() throws InterruptedException {
        connection.close();
        process.close();
    }
}
