package io.modelmill.fleet.process;

import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A server that is a child process of ours.
 *
 * @param command program and arguments; no secrets, for every user of the machine can read them
 * @param environment added to our own
 * @param log file that its output is added to
 */
public record ChildServer(
        String name,
        String address,
        List<String> command,
        Map<String, String> environment,
        Path log,
        Readiness readiness)
        implements Server {
    /** A log over this size is put aside when its process starts, in place of the one before. */
    private static final long LONGEST_LOG = 16 << 20;

    public ChildServer {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    @Override
    public Running start() {
        try {
            if (Files.exists(log) && Files.size(log) > LONGEST_LOG) {
                Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            }
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            return new Child(builder.start());
        } catch (IOException e) {
            throw new FleetException(name + " cannot be started: " + e.getMessage(), e);
        }
    }

    private record Child(Process process) implements Running {
        @Override
        public ProcessHandle handle() {
            return process.toHandle();
        }

        @Override
        public void stop(Duration grace) {
            Processes.stop(List.of(handle()), grace);
        }

        @Override
        public String outcome() {
            return process.isAlive() ? "running" : "exit " + process.exitValue();
        }
    }
}
