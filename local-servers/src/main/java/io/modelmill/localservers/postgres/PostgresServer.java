package io.modelmill.localservers.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A running PostgreSQL on loopback, a process of its own. Should this JVM die without closing it, the server lives on and
 * the next start on the same folder and port adopts it.
 */
public final class PostgresServer implements AutoCloseable {
    /** The only user, a superuser; the server takes connections from loopback alone. */
    public static final String USER = "postgres";

    private final EmbeddedPostgres server;

    private PostgresServer(EmbeddedPostgres server) {
        this.server = server;
    }

    /** Starts a server that keeps its data, as durable as a server elsewhere: it survives a power cut. */
    public static PostgresServer startDurable(Path directory, int port) {
        return start(durable(directory, port));
    }

    /**
     * Starts a durable server for a caller that closes it by itself: it does not stop with this JVM.
     *
     * @param programs where the server's programs are unpacked, once
     * @param log file that the server's messages are added to
     */
    public static PostgresServer startDurable(Path directory, int port, Path programs, Path log) {
        return start(durable(directory, port)
                .setOverrideWorkingDirectory(programs.toFile())
                .setRegisterShutdownHook(false)
                .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log.toFile())));
    }

    private static EmbeddedPostgres.Builder durable(Path directory, int port) {
        return EmbeddedPostgres.builder()
                .setDataDirectory(directory)
                .setCleanDataDirectory(false)
                .setPort(port)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on");
    }

    /** Starts a server on a free port whose data are gone when it is closed. */
    public static PostgresServer startTemporary() {
        return start(EmbeddedPostgres.builder());
    }

    private static PostgresServer start(EmbeddedPostgres.Builder builder) {
        try {
            return new PostgresServer(
                    builder.setServerConfig("max_connections", "200").start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the database unless it exists. */
    public void createDatabase(String name) {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                PreparedStatement find = connection.prepareStatement("SELECT 1 FROM pg_database WHERE datname = ?");
                Statement create = connection.createStatement()) {
            find.setString(1, name);
            try (ResultSet found = find.executeQuery()) {
                if (!found.next()) {
                    create.execute("CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("database " + name + " could not be made", e);
        }
    }

    /** JDBC address of a database. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + database;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
