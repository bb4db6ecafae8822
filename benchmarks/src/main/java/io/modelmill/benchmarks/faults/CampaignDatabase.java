package io.modelmill.benchmarks.faults;

import io.modelmill.localservers.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the services' databases past the services, to compare what they say with what is true. */
final class CampaignDatabase {
    private static final String NAME = "'tenants/' || j.tenant || '/trainingJobs/' || j.job_id";

    private final String training;
    private final String registry;

    CampaignDatabase(String training, String registry) {
        this.training = training;
        this.registry = registry;
    }

    /** Jobs that are not over yet. */
    long open() {
        return count(training, "SELECT count(*) FROM training_job WHERE end_time IS NULL");
    }

    /** Events that wait in the outboxes of both services. */
    long waiting() {
        String sql = "SELECT count(*) FROM outbox_event";
        return count(training, sql) + count(registry, sql);
    }

    List<Facts.Job> jobs() {
        return rows(
                training,
                "SELECT " + NAME
                        + ", j.tenant, coalesce(j.request_id, ''), j.state, j.model_version FROM training_job j",
                row -> new Facts.Job(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        Optional.ofNullable(row.getString(5))));
    }

    List<Facts.Attempt> attempts() {
        return rows(
                training,
                "SELECT " + NAME + ", a.number, a.start_time, a.lease_expire_time, a.end_time, a.outcome,"
                        + " coalesce(a.training_millis, 0) FROM job_attempt a JOIN training_job j USING (job_key)",
                row -> new Facts.Attempt(
                        row.getString(1),
                        row.getLong(2),
                        row.getTimestamp(3).toInstant(),
                        row.getTimestamp(4).toInstant(),
                        time(row.getTimestamp(5)),
                        Optional.ofNullable(row.getString(6)),
                        row.getLong(7)));
    }

    List<Facts.Event> events() {
        return rows(
                training,
                "SELECT " + NAME + ", e.sequence, e.attempt, coalesce(e.to_state, ''), coalesce(e.from_state, ''),"
                        + " coalesce(e.reason, ''), coalesce(e.model_version, ''), e.epoch, e.step"
                        + " FROM job_event e JOIN training_job j USING (job_key)",
                row -> new Facts.Event(
                        row.getString(1),
                        row.getLong(2),
                        row.getLong(3),
                        row.getString(4),
                        row.getString(4).isEmpty()
                                ? TopicCodec.progress(row.getLong(8), row.getLong(9))
                                : TopicCodec.transition(row.getString(5), row.getString(6), row.getString(7))));
    }

    List<Facts.Version> versions() {
        return rows(
                registry,
                "SELECT 'tenants/' || tenant || '/models/' || model_id || '/versions/' || number, training_job, state"
                        + " FROM model_version WHERE training_job IS NOT NULL",
                row -> new Facts.Version(row.getString(1), row.getString(2), row.getString(3)));
    }

    List<Facts.Serving> models() {
        return rows(
                registry,
                "SELECT 'tenants/' || m.tenant || '/models/' || m.model_id, m.revision, array(SELECT 'tenants/' || m.tenant"
                        + " || '/models/' || m.model_id || '/versions/' || v.number FROM model_version v"
                        + " WHERE v.tenant = m.tenant AND v.model_id = m.model_id AND v.state = 'READY') FROM model m",
                row -> new Facts.Serving(row.getString(1), row.getLong(2), Set.of((String[])
                        row.getArray(3).getArray())));
    }

    private static Optional<Instant> time(Timestamp time) {
        return Optional.ofNullable(time).map(Timestamp::toInstant);
    }

    private static long count(String database, String sql) {
        return rows(database, sql, row -> row.getLong(1)).getFirst();
    }

    private static <T> List<T> rows(String database, String sql, Row<T> row) {
        try (Connection connection = DriverManager.getConnection(database, PostgresServer.USER, "");
                PreparedStatement query = connection.prepareStatement(sql);
                ResultSet result = query.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(row.read(result));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(database + " cannot be read: " + e.getMessage(), e);
        }
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }
}
