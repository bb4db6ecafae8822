package io.modelmill.fleet.cli;

import io.modelmill.fleet.backup.FleetStorage;
import io.modelmill.fleet.backup.StorageSettings;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which fleet a command reads or writes: one of this machine, or one on a cluster. */
final class StorageOption {
    @Mixin
    private FolderOption local = new FolderOption();

    @Option(
            names = "--settings",
            paramLabel = "FILE",
            description = "Of a fleet on a cluster: properties that tell where its databases and files are.")
    @Nullable
    private Path settings;

    /** Where a fleet on a cluster keeps its data; empty for one of this machine. */
    Optional<FleetStorage> storage() {
        return Optional.ofNullable(settings).map(file -> StorageSettings.read(file, System.getenv()));
    }

    FleetFolder folder() {
        return local.folder();
    }

    Installation installation() {
        return local.installation();
    }

    static Consumer<String> printer(PrintWriter out) {
        return line -> {
            out.println("  " + line);
            out.flush();
        };
    }
}
