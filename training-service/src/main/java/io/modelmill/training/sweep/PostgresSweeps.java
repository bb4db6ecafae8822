package io.modelmill.training.sweep;

import io.modelmill.training.job.JobName;
import io.modelmill.training.job.JobState;
import io.modelmill.trainingspec.sweep.Curve;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Sweeps and trials as PostgreSQL keeps them. */
@ApplicationScoped
class PostgresSweeps {
    private static final String COLUMNS =
            "sweep_key, tenant, sweep_id, definition, state, state_reason, best_trial, create_time, end_time";
    private static final String SELECT = "SELECT " + COLUMNS + " FROM sweep ";

    private final Jdbi jdbi;

    PostgresSweeps(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** A new sweep, or empty if its id or its request id is taken. */
    Optional<Sweep> insert(SweepName name, Optional<String> requestId, SweepDefinition definition) {
        return jdbi.withHandle(handle -> handle.createQuery("INSERT INTO sweep (tenant, sweep_id, request_id,"
                        + " definition, state, state_reason) VALUES (:tenant, :sweep, :requestId, :definition::jsonb,"
                        + " 'RUNNING', 'trials are beginning') ON CONFLICT DO NOTHING RETURNING " + COLUMNS)
                .bind("tenant", name.tenant())
                .bind("sweep", name.sweep())
                .bind("requestId", requestId.orElse(null))
                .bind("definition", SweepCodec.write(definition))
                .map((row, context) -> sweep(row))
                .findOne());
    }

    Optional<Sweep> find(SweepName name) {
        return jdbi.withHandle(handle -> handle.createQuery(SELECT + "WHERE tenant = :tenant AND sweep_id = :sweep")
                .bind("tenant", name.tenant())
                .bind("sweep", name.sweep())
                .map((row, context) -> sweep(row))
                .findOne());
    }

    Optional<Sweep> findRequest(String tenant, String requestId) {
        return jdbi.withHandle(
                handle -> handle.createQuery(SELECT + "WHERE tenant = :tenant AND request_id = :requestId")
                        .bind("tenant", tenant)
                        .bind("requestId", requestId)
                        .map((row, context) -> sweep(row))
                        .findOne());
    }

    /** Newest first. */
    List<Sweep> list(String tenant, long belowKey, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        SELECT + "WHERE tenant = :tenant AND sweep_key < :below ORDER BY sweep_key DESC LIMIT :limit")
                .bind("tenant", tenant)
                .bind("below", belowKey)
                .bind("limit", limit)
                .map((row, context) -> sweep(row))
                .list());
    }

    /** A sweep whose time has come; its time is put off, so that no other replica takes it meanwhile. */
    Optional<Sweep> takeDue(Duration putOff) {
        return jdbi.withHandle(handle -> handle.createQuery("UPDATE sweep SET due_time = clock_timestamp()"
                        + " + :putOff * interval '1 millisecond' WHERE sweep_key = (SELECT sweep_key FROM sweep"
                        + " WHERE end_time IS NULL AND due_time <= clock_timestamp()"
                        + " ORDER BY due_time LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING " + COLUMNS)
                .bind("putOff", putOff.toMillis())
                .map((row, context) -> sweep(row))
                .findOne());
    }

    /** Notes when a sweep is looked at again. */
    void lookAgain(long sweepKey, Duration in) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE sweep SET due_time = clock_timestamp()"
                        + " + :in * interval '1 millisecond' WHERE sweep_key = :key AND end_time IS NULL")
                .bind("in", in.toMillis())
                .bind("key", sweepKey)
                .execute());
    }

    /** Changes the state if the sweep is still in the one that was seen; answers whether it was. */
    boolean change(Sweep seen, SweepState to, String reason, Optional<Integer> bestTrial) {
        return jdbi.withHandle(handle -> handle.createUpdate("UPDATE sweep SET state = :to, state_reason = :reason,"
                                + " best_trial = :best, due_time = clock_timestamp(),"
                                + " end_time = CASE WHEN :terminal THEN clock_timestamp() END"
                                + " WHERE sweep_key = :key AND state = :from")
                        .bind("to", to)
                        .bind("reason", reason)
                        .bind("best", bestTrial.orElse(null))
                        .bind("terminal", to.isTerminal())
                        .bind("key", seen.key())
                        .bind("from", seen.state())
                        .execute())
                == 1;
    }

    /** Notes the job of a trial; noting it again changes nothing. */
    void begun(long sweepKey, int number, JobName job) {
        jdbi.useHandle(handle -> handle.createUpdate("INSERT INTO sweep_trial (sweep_key, number, job_key)"
                        + " SELECT :key, :number, job_key FROM training_job WHERE tenant = :tenant AND job_id = :job"
                        + " ON CONFLICT DO NOTHING")
                .bind("key", sweepKey)
                .bind("number", number)
                .bind("tenant", job.tenant())
                .bind("job", job.job())
                .execute());
    }

    /** Notes that a trial can have no job. */
    void refused(long sweepKey, int number, String refusal) {
        jdbi.useHandle(handle -> handle.createUpdate("INSERT INTO sweep_trial (sweep_key, number, refusal)"
                        + " VALUES (:key, :number, :refusal) ON CONFLICT DO NOTHING")
                .bind("key", sweepKey)
                .bind("number", number)
                .bind("refusal", refusal)
                .execute());
    }

    /** Notes why a trial is stopped early, before it is. */
    void stopping(long sweepKey, int number, String reason) {
        jdbi.useHandle(handle -> handle.createUpdate(
                        "UPDATE sweep_trial SET stop_reason = :reason WHERE sweep_key = :key AND number = :number")
                .bind("reason", reason)
                .bind("key", sweepKey)
                .bind("number", number)
                .execute());
    }

    int begunCount(long sweepKey) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM sweep_trial WHERE sweep_key = :key")
                .bind("key", sweepKey)
                .mapTo(Integer.class)
                .one());
    }

    /** All that have begun, by number. */
    List<Trial> trials(Sweep sweep) {
        return trials(sweep, 0, Integer.MAX_VALUE);
    }

    /** Those with a number above another, by number. */
    List<Trial> trials(Sweep sweep, int above, int limit) {
        return jdbi.withHandle(handle -> {
            Map<Integer, List<Curve.Point>> points = points(handle, sweep, above);
            return handle.createQuery("SELECT t.number, t.refusal, t.stop_reason, j.state, j.state_reason,"
                            + " j.model_version FROM sweep_trial t LEFT JOIN training_job j USING (job_key)"
                            + " WHERE t.sweep_key = :key AND t.number > :above ORDER BY t.number LIMIT :limit")
                    .bind("key", sweep.key())
                    .bind("above", above)
                    .bind("limit", limit)
                    .map((row, context) -> trial(row, new Curve(points.getOrDefault(row.getInt("number"), List.of()))))
                    .list();
        });
    }

    /**
     * What trials reached after each epoch. A point within an epoch has more steps than the one at the end of the epoch before
     * and as many epochs done, so that the first of these is the epoch's own.
     */
    private static Map<Integer, List<Curve.Point>> points(Handle handle, Sweep sweep, int above) {
        Map<Integer, List<Curve.Point>> points = new HashMap<>();
        handle.createQuery("SELECT DISTINCT ON (t.number, m.epoch) t.number, m.epoch,"
                        + " (m.metrics ->> :measure)::double precision AS value"
                        + " FROM sweep_trial t JOIN job_metric m USING (job_key)"
                        + " WHERE t.sweep_key = :key AND t.number > :above AND m.epoch > 0"
                        + " AND jsonb_exists(m.metrics, :measure) ORDER BY t.number, m.epoch, m.step")
                .bind("measure", sweep.definition().measure())
                .bind("key", sweep.key())
                .bind("above", above)
                .map((row, context) ->
                        Map.entry(row.getInt("number"), new Curve.Point(row.getInt("epoch"), row.getDouble("value"))))
                .forEach(point -> points.computeIfAbsent(point.getKey(), number -> new ArrayList<>())
                        .add(point.getValue()));
        return points;
    }

    private static Sweep sweep(ResultSet row) throws SQLException {
        int best = row.getInt("best_trial");
        Optional<Integer> bestTrial = row.wasNull() ? Optional.empty() : Optional.of(best);
        return new Sweep(
                row.getLong("sweep_key"),
                new SweepName(row.getString("tenant"), row.getString("sweep_id")),
                SweepCodec.read(row.getString("definition")),
                SweepState.valueOf(row.getString("state")),
                row.getString("state_reason"),
                bestTrial,
                row.getTimestamp("create_time").toInstant(),
                Optional.ofNullable(row.getTimestamp("end_time")).map(Timestamp::toInstant));
    }

    private static Trial trial(ResultSet row, Curve curve) throws SQLException {
        String state = row.getString("state");
        return new Trial(
                row.getInt("number"),
                state == null
                        ? Optional.empty()
                        : Optional.of(new Trial.TrialJob(
                                JobState.valueOf(state),
                                row.getString("state_reason"),
                                Optional.ofNullable(row.getString("model_version")))),
                Optional.ofNullable(row.getString("refusal")),
                Optional.ofNullable(row.getString("stop_reason")),
                curve);
    }
}
