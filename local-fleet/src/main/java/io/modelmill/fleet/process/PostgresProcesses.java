package io.modelmill.fleet.process;

import io.modelmill.localservers.postgres.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * PostgreSQL: a first process and its children.
 *
 * @param programs where the server's programs are unpacked
 * @param databases made when missing
 */
public record PostgresProcesses(Path directory, int port, Path programs, Path log, List<String> databases)
        implements Server {
    public PostgresProcesses {
        databases = List.copyOf(databases);
    }

    @Override
    public String name() {
        return "postgres";
    }

    @Override
    public String address() {
        return "127.0.0.1:" + port;
    }

    @Override
    public Readiness readiness() {
        return new Readiness.Port(port);
    }

    @Override
    public boolean isOneWithChildren() {
        return true;
    }

    @Override
    public Running start() {
        deleteHalfMade();
        PostgresServer server = PostgresServer.startDurable(directory, port, programs, log);
        try {
            databases.forEach(server::createDatabase);
            return new Started(
                    server,
                    firstProcess(directory)
                            .orElseThrow(() -> new IllegalStateException("PostgreSQL ended at once; see " + log)));
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** What a killed start left half made would fail every later one: programs half unpacked, data half initialised. */
    private void deleteHalfMade() {
        try {
            if (Files.isDirectory(programs)) {
                try (Stream<Path> unpacked = Files.list(programs)) {
                    for (Path version : unpacked.filter(
                                    path -> path.getFileName().toString().startsWith("PG-"))
                            .toList()) {
                        deleteUnless(version.resolve(".exists"), version);
                    }
                }
            }
            // Written by initdb after all else that must be there.
            deleteUnless(directory.resolve("global/pg_control"), directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteUnless(Path mark, Path folder) throws IOException {
        if (Files.exists(mark) || Files.notExists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** The server's first process, which it wrote down itself, if a server runs on the folder. */
    public static Optional<ProcessHandle> firstProcess(Path directory) {
        Path file = directory.resolve("postmaster.pid");
        try {
            return Files.readAllLines(file).stream()
                    .limit(1)
                    .map(line -> ProcessHandle.of(Long.parseLong(line.strip())))
                    .flatMap(Optional::stream)
                    // After a crash the file stays, and its number may be another program's by now.
                    .filter(process -> process.info()
                            .command()
                            .filter(command -> Path.of(command).endsWith("postgres"))
                            .isPresent())
                    .findFirst();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Started(PostgresServer server, ProcessHandle handle) implements Running {
        @Override
        public void stop(Duration grace) {
            server.close();
            Processes.stop(List.of(handle()), grace);
        }

        @Override
        public String outcome() {
            return handle().isAlive() ? "running" : "ended";
        }
    }
}
