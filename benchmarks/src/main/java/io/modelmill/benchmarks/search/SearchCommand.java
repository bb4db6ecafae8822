package io.modelmill.benchmarks.search;

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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what very many versions cost those who look for one. */
@Command(
        name = "search",
        mixinStandardHelpOptions = true,
        description =
                "Lists of versions with filters and orders, of a tenant with very many versions and of one with few.")
public final class SearchCommand implements Callable<Integer> {
    private static final int MODELS = 100;
    private static final int FEW = 1_000;

    @Option(
            names = "--versions",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Of the tenant with many; a multiple of 1,000 (default: ${DEFAULT-VALUE}).")
    private int versions;

    @Option(
            names = "--searches",
            paramLabel = "N",
            defaultValue = "200",
            description = "Of each kind (default: ${DEFAULT-VALUE}).")
    private int searches;

    @Option(names = "--quick", description = "10,000 versions, 5 searches: to see that it works, not to report.")
    private boolean quick;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, StatusException {
        require(
                versions >= 10 * FEW && versions <= 10_000_000 && versions % FEW == 0,
                "--versions",
                versions,
                "10000 to 10000000, a multiple of 1000");
        require(searches >= 1 && searches <= 10_000, "--searches", searches, "1 to 10000");
        Installation installation = Installation.holding(SearchCommand.class);
        PrintWriter out = spec.commandLine().getOut();
        List<Figure> figures;
        try (Workspace workspace = Workspace.open()) {
            ServerCommands commands = new ServerCommands(
                    installation, new FleetFolder(workspace.folder().resolve("fleet")), List.of());
            figures = measure(workspace, commands, out);
        }
        FigureTable.print(out, figures);
        Path file = FigureFile.of(installation.home(), "search");
        FigureFile.write(file, figures);
        out.println("Written to " + file);
        return 0;
    }

    private List<Figure> measure(Workspace workspace, ServerCommands commands, PrintWriter out)
            throws IOException, StatusException {
        SearchServers servers = workspace.keep(SearchServers.start(commands));
        GatewayConnection gateway = workspace.keep(GatewayConnection.open(servers.gateway(), Optional.empty()));
        byte[] rows = Files.readAllBytes(commands.installation().example("xor/xor.csv"));
        String admin = commands.keys().adminCredential();
        XorTenant few = XorTenant.create(gateway, admin, "few", rows);
        XorTenant many = XorTenant.create(gateway, admin, "many", rows);
        int filled = quick ? 10 * FEW : versions;
        VersionRows.fill(servers.database(), few.id(), MODELS, FEW);
        VersionRows.fill(servers.database(), many.id(), MODELS, filled);
        out.println("filled with " + filled + " versions of one tenant and " + FEW + " of another");
        out.flush();
        SearchBenchmark benchmark = new SearchBenchmark(
                new VersionSearchClient(gateway.with(few.credential()), few.id()),
                new VersionSearchClient(gateway.with(many.credential()), many.id()));
        int times = quick ? 5 : searches;
        benchmark.warmUp(times);
        benchmark.round(times);
        workspace.drop(gateway);
        workspace.drop(servers);
        return benchmark.figures();
    }

    private static void require(boolean condition, String option, int value, String expected) {
        if (!condition) {
            throw new FleetException(option + ": " + value + " (expected: " + expected + ")");
        }
    }
}
