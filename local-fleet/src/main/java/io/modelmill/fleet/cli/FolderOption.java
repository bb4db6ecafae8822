package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which fleet of this machine a command is about. */
final class FolderOption {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:MODELMILL_DATA}",
            description = "Folder of the fleet's data (default: .modelmill in the repository; MODELMILL_DATA).")
    @Nullable
    Path data;

    Installation installation() {
        return Installation.current();
    }

    FleetFolder folder() {
        return new FleetFolder(data == null ? installation().home().resolve(".modelmill") : data);
    }
}
