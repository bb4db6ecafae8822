package io.modelmill.fleet.cli;

import io.modelmill.fleet.backup.FleetStorage;
import io.modelmill.fleet.backup.LocalBackup;
import io.modelmill.fleet.backup.Restore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes an empty fleet what a backup says. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = "Makes an empty fleet, which is down, what a backup says.")
final class RestoreCommand implements Callable<Integer> {
    @Mixin
    private StorageOption where = new StorageOption();

    @Parameters(index = "0", paramLabel = "SOURCE", description = "Folder of backups.")
    private Path source = Path.of("");

    @Option(names = "--at", paramLabel = "NAME", description = "Which backup (default: the newest).")
    @Nullable
    private String at;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Optional<FleetStorage> storage = where.storage();
        if (storage.isPresent()) {
            new Restore(storage.get(), where.installation(), StorageOption.printer(out))
                    .run(source, Optional.ofNullable(at));
            out.println("Restored. Start the services.");
        } else {
            new LocalBackup(where.installation(), where.folder(), StorageOption.printer(out))
                    .restore(source, Optional.ofNullable(at));
            out.println("Restored. Start the fleet with: modelmill up --data "
                    + where.folder().root());
        }
        return 0;
    }
}
