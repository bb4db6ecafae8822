package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Runs one command of the launcher. */
@Command(
        name = "modelmill",
        synopsisSubcommandLabel = "COMMAND",
        description = "Model as a Service, whole, on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = {
            QuickstartCommand.class,
            TrainCommand.class,
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            LogsCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            SuperviseCommand.class
        })
public final class FleetMain {
    private FleetMain() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new FleetMain());
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            // A failure that says what to do needs no stack trace; any other is a fault of ours.
            if (failure instanceof FleetException) {
                command.getErr().println(command.getColorScheme().errorText("modelmill: " + failure.getMessage()));
            } else {
                failure.printStackTrace(command.getErr());
            }
            return command.getCommandSpec().exitCodeOnExecutionException();
        });
        return commandLine;
    }
}
