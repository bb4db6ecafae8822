package io.modelmill.fleet.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Stops the fleet. */
@Command(name = "down", mixinStandardHelpOptions = true, description = "Stops the fleet; its data stay.")
final class DownCommand implements Callable<Integer> {
    @Mixin
    private FolderOption where = new FolderOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        boolean stopped = new BackgroundFleet(where.folder(), out).stop();
        out.println(
                stopped
                        ? "The fleet is down."
                        : "No fleet runs on " + where.folder().root() + ".");
        return 0;
    }
}
