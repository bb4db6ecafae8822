package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what the processes of the fleet logged. */
@Command(name = "logs", mixinStandardHelpOptions = true, description = "Prints the logs of one process or of all.")
final class LogsCommand implements Callable<Integer> {
    private static final String SUFFIX = ".log";

    @Mixin
    private FolderOption where = new FolderOption();

    @Parameters(index = "0", arity = "0..1", paramLabel = "PROCESS", description = "Such as gateway; default: all.")
    private @Nullable String process;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on printing what is added, until Ctrl-C.")
    private boolean follow;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            defaultValue = "50",
            description = "Last lines of each log to begin with (default: ${DEFAULT-VALUE}).")
    private int lines;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        FleetFolder folder = where.folder();
        List<String> known = known(folder);
        if (process != null && !known.contains(process)) {
            throw new FleetException(
                    "logs: \"" + process + "\" (expected: " + (known.isEmpty() ? "a fleet that ran" : known) + ")");
        }
        LogFollower follower = new LogFollower(
                process == null ? known : List.of(process),
                folder,
                spec.commandLine().getOut());
        follower.print(Math.max(0, lines));
        if (follow) {
            follower.followWhile(() -> true);
        }
        return 0;
    }

    private static List<String> known(FleetFolder folder) {
        if (!Files.isDirectory(folder.logs())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder.logs())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new FleetException(folder.logs() + ": cannot be read (" + e + ")", e);
        }
    }
}
