package io.modelmill.benchmarks.scale;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.FigureFile;
import io.modelmill.benchmarks.figure.FigureTable;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.benchmarks.servers.XorTenant;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what very many jobs cost those that come after them. */
@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        description = {
            "Submissions and passes of the scheduler at a database full of jobs beside those at an empty one: two"
                    + " training-services, each behind a gateway, measured by turns."
        })
public final class ScaleCommand implements Callable<Integer> {
    private static final int CALLERS = 20;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            defaultValue = "100000",
            description = "In the full database, half of them waiting, half over (default: ${DEFAULT-VALUE}).")
    private int jobs;

    @Option(
            names = "--tenants",
            paramLabel = "N",
            defaultValue = "1000",
            description = "To whom these belong (default: ${DEFAULT-VALUE}).")
    private int tenants;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Each of 300 submissions and 60 starts at both databases (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--quick", description = "2,000 jobs, one short round: to see that it works, not to report.")
    private boolean quick;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, StatusException {
        require(jobs >= 1000 && jobs <= 10_000_000, "--jobs", jobs, "1000 to 10000000");
        require(tenants >= CALLERS && tenants <= jobs / 2, "--tenants", tenants, CALLERS + " to half the jobs");
        require(rounds >= 1 && rounds <= 100, "--rounds", rounds, "1 to 100");
        Installation installation = Installation.holding(ScaleCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        List<Figure> figures;
        try (Workspace workspace = Workspace.open()) {
            ServerCommands commands = new ServerCommands(
                    installation, new FleetFolder(workspace.folder().resolve("fleet")), List.of());
            figures = measure(workspace, commands, out);
        }
        FigureTable.print(out, figures);
        Path file = FigureFile.of(installation.home(), "scale");
        FigureFile.write(file, figures);
        out.println("Written to " + file);
        return 0;
    }

    private List<Figure> measure(Workspace workspace, ServerCommands commands, PrintWriter out)
            throws IOException, StatusException {
        ScaleServers servers = workspace.keep(ScaleServers.start(commands));
        ScaleServers.Installed empty = servers.install("empty");
        ScaleServers.Installed full = servers.install("full");
        byte[] rows = Files.readAllBytes(commands.installation().example("xor/xor.csv"));
        List<XorTenant> callers = new ArrayList<>();
        try (GatewayConnection gateway = GatewayConnection.open(full.gateway(), Optional.empty())) {
            for (int i = 0; i < CALLERS; i++) {
                callers.add(XorTenant.create(gateway, commands.keys().adminCredential(), "tenant-" + i, rows));
            }
        }
        ScaleBenchmark benchmark = workspace.keep(new ScaleBenchmark(empty, full, callers, line -> tell(out, line)));
        int submissions = quick ? 30 : 300;
        int passes = quick ? 5 : 60;
        // Until the compiler of each of seven processes on few processors has done most of its work.
        benchmark.warmUp(quick ? submissions : 10 * submissions, 2 * passes);
        Backlog.fill(full.database(), quick ? 2000 : jobs, quick ? CALLERS : tenants);
        tell(
                out,
                "the full database has " + (quick ? 2000 : jobs) + " jobs of " + (quick ? CALLERS : tenants)
                        + " tenants more");
        // Plans and pages of the database as it is now.
        benchmark.warmUp(submissions, passes);
        for (int round = 1; round <= (quick ? 1 : rounds); round++) {
            benchmark.round(round, submissions, passes);
        }
        List<Figure> figures = new ArrayList<>(benchmark.figures());
        workspace.drop(benchmark);
        workspace.drop(servers);
        return figures;
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
