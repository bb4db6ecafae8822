package io.modelmill.benchmarks.inference;

import io.grpc.Metadata;
import io.modelmill.benchmarks.echo.EchoProcess;
import io.modelmill.benchmarks.echo.EchoServer;
import io.modelmill.benchmarks.load.GrpcTarget;
import io.modelmill.benchmarks.machine.Processors;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.ModelFolder;
import io.modelmill.benchmarks.runner.InProcess;
import io.modelmill.benchmarks.runner.RunOutcome;
import io.modelmill.fleet.installation.Installation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What is measured and what it is compared with, side by side on one processor.
 *
 * @param surroundings where it runs
 * @param server inference-service, serving the folder
 * @param folder its models
 * @param echo a call without a prediction
 * @param inProcess a prediction without a call
 * @param pace how long and how often
 * @param out told how it goes
 */
record Bench(
        Surroundings surroundings,
        InferenceServer server,
        ModelFolder folder,
        EchoProcess echo,
        InProcess inProcess,
        Pace pace,
        PrintWriter out) {
    /**
     * Where it runs.
     *
     * @param installation whose inference-service is measured
     * @param workspace holds all that is started
     * @param processors on which it runs
     */
    record Surroundings(Installation installation, Workspace workspace, Processors processors) {
        InferenceServer server(ModelFolder folder, List<String> properties) {
            return InferenceServer.start(installation, workspace, processors, folder, properties);
        }
    }

    /** A second inference-service on a folder of its own, whose properties may differ from those shipped. */
    Bench another(ModelFolder models, List<String> properties) {
        return new Bench(surroundings, surroundings.server(models, properties), models, echo, inProcess, pace, out);
    }

    /** Ends the server before all else ends. */
    void stopServer() {
        surroundings.workspace().drop(server);
    }

    /** A folder of models in the workspace. */
    ModelFolder emptyFolder(String name) {
        return ModelFolder.create(surroundings.workspace().folder().resolve(name));
    }

    /** Predictions of one row; waits until the model is loaded. */
    GrpcTarget predictions(BenchModel model) throws InterruptedException {
        server.awaitReady(model.name(), "");
        return new GrpcTarget(
                server.connection().channel(),
                InferRequestCodec.METHOD,
                InferRequestCodec.encode(model),
                Optional.empty(),
                new Metadata());
    }

    /** Calls of the echo server that carry as many bytes to and fro. */
    GrpcTarget echoes(BenchModel model, int responseBytes) {
        return new GrpcTarget(
                echo.connection().channel(),
                EchoServer.method(responseBytes),
                InferRequestCodec.encode(model),
                Optional.empty(),
                new Metadata());
    }

    /** Runs of one row in process, at this pace. */
    RunOutcome runs(BenchModel model) {
        return runs(model, 1, pace.warmUp(), pace.measured());
    }

    /** Runs in process. */
    RunOutcome runs(BenchModel model, int rows, Duration warmUp, Duration measured) {
        return inProcess.run(model, folder.graph(model.name(), 1), rows, warmUp, measured);
    }

    /** Tells how it goes. */
    void tell(String format, Object... arguments) {
        out.printf(Locale.ROOT, "    " + format + "%n", arguments);
        out.flush();
    }
}
