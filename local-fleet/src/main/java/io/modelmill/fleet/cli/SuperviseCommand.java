package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.supervision.Fleet;
import io.modelmill.fleet.supervision.FleetOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The process in the background that keeps a fleet running until it gets a SIGTERM. Started by the other commands. */
@Command(name = "supervise", hidden = true, description = "Keeps a fleet running until it is told to end.")
final class SuperviseCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss,SSS");

    @Mixin
    private FleetSettings settings = new FleetSettings();

    @Override
    public Integer call() {
        FleetOptions options = settings.options();
        RunningMark mark = RunningMark.set(options);
        try {
            Fleet fleet = Fleet.open(options, SuperviseCommand::log);
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
                if (fleet.stop()) {
                    log("the fleet was stopped");
                }
                mark.remove();
            }));
            fleet.start();
            log("the fleet is up");
            log(fleet.awaitEnd());
            fleet.close();
        } catch (FleetException e) {
            log(String.valueOf(e.getMessage()));
            mark.remove();
        }
        return 1;
    }

    private static void log(String line) {
        System.out.println(LocalDateTime.now(ZoneId.systemDefault()).format(TIME) + " " + line);
    }

    /** Tells the launcher, which rebuilds programs, that they are in use, and by which data folder's fleet. */
    private record RunningMark(Path file) {
        static RunningMark set(FleetOptions options) {
            Path target = options.installation().home().resolve("local-fleet/target");
            Path folder = target.resolve("running");
            String name = Long.toString(ProcessHandle.current().pid());
            if (!Files.isWritable(target)) {
                // Programs that belong to another user: whoever may not write there cannot rebuild them either.
                return new RunningMark(folder.resolve(name));
            }
            try {
                Files.createDirectories(folder);
                Path file = folder.resolve(name);
                return new RunningMark(
                        Files.writeString(file, options.folder().root().toString()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void remove() {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
