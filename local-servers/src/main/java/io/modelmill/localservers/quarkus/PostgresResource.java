package io.modelmill.localservers.quarkus;

import io.modelmill.localservers.postgres.PostgresServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL for the life of the test run. */
public class PostgresResource implements QuarkusTestResourceLifecycleManager {
    private @Nullable PostgresServer server;

    @Override
    public Map<String, String> start() {
        server = PostgresServer.startTemporary();
        return Map.of(
                "quarkus.datasource.jdbc.url",
                server.jdbcUrl("postgres"),
                "quarkus.datasource.username",
                PostgresServer.USER,
                "quarkus.datasource.password",
                "");
    }

    @Override
    public void stop() {
        if (server != null) {
            server.close();
        }
    }
}
