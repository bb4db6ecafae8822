package io.modelmill.benchmarks.search;

import io.modelmill.localservers.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Fills the registry's database with ARCHIVED versions, a second between the times of two: metrics spread evenly over 0 to 1, a tenth
 * of one task, one tag that a hundredth has and one that ten of all have.
 */
final class VersionRows {
    private static final String MODELS = """
            INSERT INTO model SELECT made.* FROM model sample, generate_series(1, ?) m,
                LATERAL jsonb_populate_record(sample, jsonb_build_object('model_id', 'filled-' || m, 'last_version', ?)) made
            WHERE sample.tenant = ? AND sample.model_id = 'xor'
            """;

    private static final String VERSIONS = """
            INSERT INTO model_version (tenant, model_id, number, state, class_labels, metrics, signature, requested_aliases,
                create_time, update_time, validate_time, task, size_bytes, revision)
            SELECT ?, 'filled-' || 1 + i % ?, 1 + i / ?, 'ARCHIVED', '{}',
                json_build_object('test_accuracy', CAST(CAST(i AS bigint) * 7919 % ? AS float8) / ?), '{"inputs":[],"outputs":[]}', '{}',
                t.time, t.time, t.time, CASE WHEN i % 10 = 0 THEN 'image-classification' ELSE 'tabular-regression' END,
                100000 + i, 1
            FROM generate_series(0, ? - 1) i, LATERAL (SELECT now() - (? - i) * interval '1 second' AS time) t
            """;

    private static final String METRICS = """
            INSERT INTO model_version_metric
            SELECT tenant, model_id, number, 'test_accuracy', CAST(metrics ->> 'test_accuracy' AS float8)
            FROM model_version WHERE tenant = ? AND model_id LIKE 'filled-%'
            """;

    private static final String TAGS = """
            INSERT INTO model_version_tag SELECT tenant, model_id, number, key, 'yes'
            FROM (SELECT *, row_number() OVER (ORDER BY model_id, number) AS n FROM model_version
                WHERE tenant = ? AND model_id LIKE 'filled-%') v,
                LATERAL (VALUES ('some', 100), ('rare', ? / 10)) tag (key, every) WHERE n % tag.every = 0
            """;

    private VersionRows() {}

    /**
     * Fills, and gathers the statistics that the server would have gathered meanwhile.
     *
     * @param tenant who has a model {@code xor}
     * @param versions a multiple of the models
     */
    static void fill(String database, String tenant, int models, int versions) {
        try (Connection connection = DriverManager.getConnection(database, PostgresServer.USER, "");
                Statement statement = connection.createStatement()) {
            execute(connection, MODELS, models, versions / models, tenant);
            execute(connection, VERSIONS, tenant, models, models, versions, versions, versions, versions);
            execute(connection, METRICS, tenant);
            execute(connection, TAGS, tenant, versions);
            statement.execute("VACUUM ANALYZE");
        } catch (SQLException e) {
            throw new IllegalStateException(database + " cannot be filled: " + e.getMessage(), e);
        }
    }

    private static void execute(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
