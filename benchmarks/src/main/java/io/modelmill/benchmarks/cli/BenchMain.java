package io.modelmill.benchmarks.cli;

import io.modelmill.benchmarks.faults.FaultsCommand;
import io.modelmill.benchmarks.inference.InferenceCommand;
import io.modelmill.benchmarks.mutants.MutantsCommand;
import io.modelmill.benchmarks.predict.PredictCommand;
import io.modelmill.benchmarks.rollout.RolloutCommand;
import io.modelmill.benchmarks.scale.ScaleCommand;
import io.modelmill.benchmarks.search.SearchCommand;
import io.modelmill.benchmarks.sweep.SweepCommand;
import io.modelmill.benchmarks.training.TrainingCommand;
import io.modelmill.fleet.installation.FleetException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs one benchmark; without a name it tells them. */
@Command(
        name = "modelmill bench",
        synopsisSubcommandLabel = "NAME",
        mixinStandardHelpOptions = true,
        description = "Measures, prints a table and writes target/bench/NAME.json.",
        subcommands = {
            InferenceCommand.class,
            PredictCommand.class,
            TrainingCommand.class,
            SweepCommand.class,
            FaultsCommand.class,
            ScaleCommand.class,
            RolloutCommand.class,
            MutantsCommand.class,
            SearchCommand.class
        })
public final class BenchMain implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    private BenchMain() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new BenchMain());
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

    @Override
    public Integer call() {
        spec.commandLine()
                .getOut()
                .println("Benchmarks: " + String.join(", ", spec.subcommands().keySet()));
        return 0;
    }
}
