package io.modelmill.fleet.cli;

import io.modelmill.fleet.backup.Backup;
import io.modelmill.fleet.backup.BackupCheck;
import io.modelmill.fleet.backup.LocalBackup;
import io.modelmill.fleet.installation.FleetException;
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

/** Makes a backup, or checks one. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description =
                "Copies all that the fleet keeps, while it works or is down. Files that an earlier backup in the same"
                        + " folder has are not copied again.")
final class BackupCommand implements Callable<Integer> {
    @Mixin
    private StorageOption where = new StorageOption();

    @Parameters(index = "0", paramLabel = "TARGET", description = "Folder of backups, made when it is missing.")
    private Path target = Path.of("");

    @Option(names = "--verify", description = "Make none: compare every byte of one that is there with its manifest.")
    private boolean verify;

    @Option(names = "--at", paramLabel = "NAME", description = "With --verify: which backup (default: the newest).")
    @Nullable
    private String at;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (verify) {
            out.println(BackupCheck.check(target, Optional.ofNullable(at)));
            return 0;
        }
        if (at != null) {
            throw new FleetException("--at: " + at + " (expected: only with --verify)");
        }
        String name = where.storage()
                .map(storage -> new Backup(
                                storage, target, LocalBackup.product(where.installation()), StorageOption.printer(out))
                        .make())
                .orElseGet(() -> new LocalBackup(where.installation(), where.folder(), StorageOption.printer(out))
                        .backUp(target));
        out.println("Backup " + name + " is complete.");
        return 0;
    }
}
