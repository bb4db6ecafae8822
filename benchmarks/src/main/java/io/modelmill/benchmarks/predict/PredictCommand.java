package io.modelmill.benchmarks.predict;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.client.PredictionClient;
import io.modelmill.fleet.client.TenantClient;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.quickstart.Quickstart;
import io.modelmill.fleet.supervision.FleetState;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures predictions through the running fleet. */
@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        description = {
            "Predictions over gRPC through the gateway of the running fleet, with the quick start's model, beside the"
                    + " same calls to inference-service itself."
        })
public final class PredictCommand implements Callable<Integer> {
    private static final List<Integer> CALLERS = List.of(1, 8);
    private static final List<Integer> ROWS = List.of(1, 32);
    private static final int COLUMNS = 64;
    private static final String ROW = "%-8s %5s  %12s %12s %10s %10s  %8s%n";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:MODELMILL_DATA}",
            description = "Folder of the fleet's data (default: .modelmill in the repository; MODELMILL_DATA).")
    private @Nullable Path data;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "5",
            description =
                    "Measured time of each line (default: ${DEFAULT-VALUE}); as long again goes before to warm up.")
    private int seconds;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws ExecutionException, InterruptedException, StatusException, IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (seconds < 1) {
            throw new FleetException("--seconds: " + seconds + " (expected: >= 1)");
        }
        Installation installation = Installation.holding(PredictCommand.class);
        FleetFolder folder = new FleetFolder(data == null ? installation.home().resolve(".modelmill") : data);
        FleetState state = FleetState.read(folder)
                .filter(FleetState::isSupervised)
                .orElseThrow(
                        () -> new FleetException("no fleet runs on " + folder.root() + "; start it: modelmill up"));
        String key = new FleetKeys(folder.keys())
                .tenantCredential(Quickstart.TENANT)
                .orElseThrow(() -> new FleetException("no model yet; make one: modelmill quickstart"));
        try (GatewayConnection gateway =
                        GatewayConnection.open(state.ports().gateway().grpc(), state.trustedCertificate());
                GatewayConnection inference = GatewayConnection.open(
                        state.ports().inference().getFirst().grpc(), Optional.empty())) {
            List<Figure> figures = measure(
                    out, gateway.with(key), inference.with(new TenantClient(gateway.with(key)).exchangeToken()));
            Path file = FigureFile.of(installation.home(), "predict");
            FigureFile.write(file, figures);
            out.println("Written to " + file);
        }
        return 0;
    }

    private List<Figure> measure(PrintWriter out, Channel gateway, Channel inference)
            throws ExecutionException, InterruptedException {
        List<Figure> figures = new ArrayList<>();
        out.printf(ROW, "callers", "rows", "calls/s", "rows/s", "median", "p99", "of direct");
        for (int callers : CALLERS) {
            for (int rows : ROWS) {
                ClosedLoop.Outcome direct = measure(inference, callers, rows);
                ClosedLoop.Outcome outcome = measure(gateway, callers, rows);
                out.printf(
                        Locale.ROOT,
                        ROW,
                        callers,
                        rows,
                        Math.round(outcome.callsPerSecond()),
                        Math.round(outcome.callsPerSecond() * rows),
                        milliseconds(outcome.median()),
                        milliseconds(outcome.tail()),
                        String.format(Locale.ROOT, "%.2f", outcome.callsPerSecond() / direct.callsPerSecond()));
                out.flush();
                String load = ".callers_" + callers + ".rows_" + rows;
                figures.add(Figure.of("calls_per_second.gateway" + load, outcome.callsPerSecond(), "1/s"));
                figures.add(Figure.of("calls_per_second.direct" + load, direct.callsPerSecond(), "1/s"));
                figures.add(Figure.of("median.gateway" + load, outcome.median().toNanos() / 1e6, "ms"));
                figures.add(Figure.of("median.direct" + load, direct.median().toNanos() / 1e6, "ms"));
                figures.add(Figure.of("p99.gateway" + load, outcome.tail().toNanos() / 1e6, "ms"));
                figures.add(Figure.of("p99.direct" + load, direct.tail().toNanos() / 1e6, "ms"));
                figures.add(Figure.of(
                        "gateway_of_direct" + load, outcome.callsPerSecond() / direct.callsPerSecond(), "ratio"));
            }
        }
        return figures;
    }

    private ClosedLoop.Outcome measure(Channel channel, int callers, int rows)
            throws ExecutionException, InterruptedException {
        PredictionClient client = new PredictionClient(channel);
        List<float[]> input = Collections.nCopies(rows, new float[COLUMNS]);
        Duration time = Duration.ofSeconds(seconds);
        return new ClosedLoop(callers, time, time).run(() -> client.predict(Quickstart.MODEL, "", input));
    }

    private static String milliseconds(Duration duration) {
        return String.format(Locale.ROOT, "%.2f ms", duration.toNanos() / 1e6);
    }
}
