package io.modelmill.fleet.process;

import io.modelmill.localservers.postgres.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

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
        PostgresServer server = PostgresServer.startDurable(directory, port, programs, log);
        databases.forEach(server::createDatabase);
        return new Started(server);
    }

    private record Started(PostgresServer server) implements Running {
        @Override
        public ProcessHandle handle() {
            return server.handle();
        }

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
