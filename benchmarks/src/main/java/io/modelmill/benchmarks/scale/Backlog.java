package io.modelmill.benchmarks.scale;

import io.modelmill.localservers.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Fills the database of a training-service with jobs like one that it holds: of each tenant half wait and half have succeeded, with
 * the attempts and events that they would have left. They were published long ago: the outbox stays as it is.
 */
final class Backlog {
    private static final String JOBS = """
            INSERT INTO training_job OVERRIDING SYSTEM VALUE
            SELECT made.* FROM training_job sample, generate_series(1, ?) i, LATERAL jsonb_populate_record(sample,
                jsonb_build_object(
                    'job_key', sample.job_key + i,
                    'tenant', 'tenant-' || i % ?,
                    'job_id', 'backlog-' || i,
                    'request_id', 'backlog-' || i,
                    'last_sequence', 1)
                || CASE WHEN i / ? % 2 = 0 THEN '{}' ELSE jsonb_build_object(
                    'state', 'SUCCEEDED',
                    'state_reason', 'the version is READY',
                    'attempt_count', 1,
                    'last_sequence', 6,
                    'start_time', sample.create_time,
                    'end_time', sample.create_time,
                    'model_version', 'tenants/tenant-' || i % ? || '/models/xor/versions/' || i) END) made
            WHERE sample.job_key = (SELECT max(job_key) FROM training_job WHERE state = 'QUEUED')
            """;

    private static final String ATTEMPTS = """
            INSERT INTO job_attempt (job_key, number, runner, start_time, run_time, lease_expire_time, end_time, outcome,
                training_millis, cores, memory_bytes, gpus, tenant)
            SELECT job_key, 1, 'local:backlog', start_time, start_time, start_time, end_time, 'TRAINED', 60000, cores,
                memory_bytes, gpus, tenant
            FROM training_job WHERE job_id LIKE 'backlog-%' AND state = 'SUCCEEDED'
            """;

    private static final String EVENTS = """
            INSERT INTO job_event (job_key, sequence, time, attempt, from_state, to_state, reason)
            SELECT job_key, n, create_time, least(n - 1, 1), (ARRAY[NULL, 'QUEUED', 'ADMITTED', 'STARTING', 'RUNNING',
                    'FINALIZING'])[n],
                (ARRAY['QUEUED', 'ADMITTED', 'STARTING', 'RUNNING', 'FINALIZING', 'SUCCEEDED'])[n], 'backlog'
            FROM training_job, generate_series(1, 6) n WHERE job_id LIKE 'backlog-%' AND n <= last_sequence
            """;

    private Backlog() {}

    /**
     * Fills a database in which a job waits, and gathers the statistics that its server would have gathered meanwhile.
     *
     * @param tenants {@code tenant-0} to {@code tenant-N}, of whom each has as many jobs
     */
    static void fill(String database, int jobs, int tenants) {
        try (Connection connection = DriverManager.getConnection(database, PostgresServer.USER, "");
                PreparedStatement insert = connection.prepareStatement(JOBS);
                Statement statement = connection.createStatement()) {
            insert.setInt(1, jobs);
            insert.setInt(2, tenants);
            insert.setInt(3, tenants);
            insert.setInt(4, tenants);
            insert.executeUpdate();
            statement.execute("SELECT setval(pg_get_serial_sequence('training_job', 'job_key'),"
                    + " (SELECT max(job_key) FROM training_job))");
            statement.execute(ATTEMPTS);
            statement.execute(EVENTS);
            statement.execute("INSERT INTO queue_tenant (tenant) SELECT DISTINCT tenant FROM training_job"
                    + " WHERE state = 'QUEUED' ON CONFLICT DO NOTHING");
            statement.execute("VACUUM ANALYZE");
        } catch (SQLException e) {
            throw new IllegalStateException(database + " cannot be filled: " + e.getMessage(), e);
        }
    }
}
