package io.modelmill.benchmarks.rollout;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.benchmarks.figure.FigureTable;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.client.PredictionClient;
import io.modelmill.fleet.client.TenantClient;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how soon every replica answers with what an alias was moved to. */
@Command(
        name = "rollout",
        mixinStandardHelpOptions = true,
        description = {
            "Moves an alias between two loaded versions, to and fro, under a steady load through a gateway and at two replicas of"
                    + " inference-service, and measures when all answer with it and what GetRollout tells of that; then the"
                    + " same over stops of the broker. Exits with 1 if a call failed or anything untrue was told."
        })
public final class RolloutCommand implements Callable<Integer> {
    private static final String TENANT = "mover";
    private static final Goal NONE = Goal.atMost(0);

    @Option(
            names = "--moves",
            paramLabel = "N",
            defaultValue = "200",
            description = "Every second is a rollback (default: ${DEFAULT-VALUE}).")
    private int moves;

    @Option(
            names = "--outages",
            paramLabel = "N",
            defaultValue = "10",
            description = "Stops of the broker, with five moves in each (default: ${DEFAULT-VALUE}).")
    private int outages;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "50",
            description = "Calls a second at each of the three doors (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(names = "--quick", description = "6 moves and one stop of the broker: to see that it works, not to report.")
    private boolean quick;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, StatusException, InterruptedException {
        require(moves >= 1 && moves <= 100_000, "--moves", moves, "1 to 100000");
        require(outages >= 0 && outages <= 1_000, "--outages", outages, "0 to 1000");
        require(rate >= 1 && rate <= 10_000, "--rate", rate, "1 to 10000");
        Installation installation = Installation.holding(RolloutCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        List<Figure> figures = new ArrayList<>();
        boolean holds;
        try (Workspace workspace = Workspace.open()) {
            ServerCommands commands = new ServerCommands(
                    installation, new FleetFolder(workspace.folder().resolve("fleet")), List.of());
            holds = measure(workspace, commands, out, figures);
        }
        FigureTable.print(out, figures);
        Path file = FigureFile.of(installation.home(), "rollout");
        FigureFile.write(file, figures);
        out.println("Written to " + file);
        return holds ? 0 : 1;
    }

    private boolean measure(Workspace workspace, ServerCommands commands, PrintWriter out, List<Figure> figures)
            throws StatusException, InterruptedException {
        RolloutServers servers = workspace.keep(RolloutServers.start(commands));
        GatewayConnection gateway = workspace.keep(GatewayConnection.open(servers.gateway(), Optional.empty()));
        TenantClient administrator =
                new TenantClient(gateway.with(commands.keys().adminCredential()));
        administrator.create(TENANT, "A tenant of a benchmark");
        Channel tenant = gateway.with(administrator.createKey(TENANT, "Key of a benchmark"));
        BenchModel model = BenchModels.small();
        RolloutClient publisher = RolloutClient.publish(tenant, TENANT, model);
        ExchangedToken token = new ExchangedToken(tenant);
        List<Door> replicas = new ArrayList<>();
        for (int port : servers.replicas()) {
            ReplicaConnection connection = workspace.keep(ReplicaConnection.open(port, token));
            replicas.add(new Door(new PredictionClient(connection.channel()), model));
        }
        List<Door> doors = new ArrayList<>(replicas);
        doors.add(new Door(new PredictionClient(tenant), model));
        RolloutBenchmark benchmark =
                workspace.keep(new RolloutBenchmark(servers, publisher, replicas, line -> tell(out, line)));
        benchmark.begin(doors);
        SteadyLoad load = workspace.keep(SteadyLoad.start(doors, quick ? Math.min(rate, 20) : rate));
        benchmark.warmUp(quick ? 2 : 40);
        benchmark.move(quick ? 6 : moves);
        for (int outage = 0; outage < (quick ? 1 : outages); outage++) {
            benchmark.outage(5);
        }
        workspace.drop(load);
        load.failures().forEach(failure -> tell(out, "a call failed: " + failure));
        figures.addAll(benchmark.figures());
        figures.add(Figure.of("calls", load.calls(), ""));
        figures.add(Figure.of("calls.failed", load.failed() + benchmark.failedCalls(), "", NONE));
        figures.add(Figure.of("calls.p50", load.millis(50), "ms"));
        figures.add(Figure.of("calls.p99", load.millis(99), "ms"));
        return benchmark.isTrue() && load.failed() == 0;
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
