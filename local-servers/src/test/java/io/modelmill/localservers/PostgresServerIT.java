package io.modelmill.localservers;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.localservers.postgres.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerIT {
    @TempDir
    Path directory;

    @Test
    void keepsRowsOverRestartAndIsDurable() throws SQLException {
        int port = LocalPorts.free();
        try (PostgresServer server = PostgresServer.startDurable(directory.resolve("data"), port)) {
            server.createDatabase("registry");
            server.createDatabase("registry");
            try (Connection connection = connect(server);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE kept (value int)");
                statement.execute("INSERT INTO kept VALUES (42)");
                try (ResultSet fsync = statement.executeQuery("SHOW fsync")) {
                    fsync.next();
                    assertThat(fsync.getString(1)).isEqualTo("on");
                }
            }
        }
        assertThat(LocalPorts.isFree(port)).isTrue();
        try (PostgresServer server = PostgresServer.startDurable(directory.resolve("data"), port);
                Connection connection = connect(server);
                Statement statement = connection.createStatement();
                ResultSet kept = statement.executeQuery("SELECT value FROM kept")) {
            assertThat(kept.next()).isTrue();
            assertThat(kept.getInt(1)).isEqualTo(42);
        }
    }

    private static Connection connect(PostgresServer server) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl("registry"), PostgresServer.USER, "");
    }
}
