package io.modelmill.training.job;

import com.fasterxml.jackson.core.type.TypeReference;
import io.modelmill.training.resource.ResourceClass;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.storage.Json;
import io.modelmill.trainingspec.job.Estimate;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** Rows of the tables as values. */
final class JobRows {
    /** What {@link #job} reads. */
    static final String JOB_COLUMNS =
            "job_key, tenant, job_id, spec, state, state_reason, attempt_count, failure_count,"
                    + " last_sequence, traceparent, create_time, start_time, end_time, deadline, due_time, progress, metrics,"
                    + " trained, model_version, estimate, checkpoint, resource_class, cores, memory_bytes, gpus, priority, preemption_count, time_left_millis,"
                    + " class_named, class_before, max_queue_millis, queue_deadline, after_jobs, dependencies";
    /** What {@link #attempt} reads, from attempt {@code a} and job {@code j}. */
    static final String ATTEMPT_COLUMNS = "j.tenant, j.job_id, a.job_key, a.number, a.runner, a.lease_expire_time,"
            + " a.outcome, a.end_time, a.pid, a.process_start_time, a.cores, a.memory_bytes, a.gpus, a.yield_time";

    private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};

    private JobRows() {}

    static Job job(ResultSet row) throws SQLException {
        return new Job(
                row.getLong("job_key"),
                name(row),
                SpecCodec.read(row.getString("spec")),
                JobState.valueOf(row.getString("state")),
                row.getString("state_reason"),
                row.getInt("attempt_count"),
                row.getInt("failure_count"),
                row.getInt("preemption_count"),
                row.getLong("last_sequence"),
                text(row, "traceparent"),
                row.getTimestamp("create_time").toInstant(),
                time(row, "start_time"),
                time(row, "end_time"),
                time(row, "deadline"),
                Optional.ofNullable(row.getObject("time_left_millis", Long.class))
                        .map(Duration::ofMillis),
                time(row, "due_time"),
                text(row, "progress").map(json -> Json.read(json, JobProgress.class)),
                Json.read(row.getString("metrics"), METRICS),
                text(row, "trained").map(json -> Json.read(json, TrainedModel.class)),
                text(row, "model_version"),
                text(row, "estimate").map(json -> Json.read(json, Estimate.class)),
                text(row, "checkpoint").map(json -> Json.read(json, JobCheckpoint.class)),
                new ResourceClass(row.getString("resource_class"), resources(row)),
                scheduling(row),
                text(row, "class_before"),
                time(row, "queue_deadline"),
                row.getInt("dependencies"));
    }

    private static Scheduling scheduling(ResultSet row) throws SQLException {
        String tenant = row.getString("tenant");
        String[] after = (String[]) row.getArray("after_jobs").getArray();
        return new Scheduling(
                row.getInt("priority"),
                row.getBoolean("class_named"),
                Arrays.stream(after)
                        .map(id -> new JobName(tenant, id).toString())
                        .toList(),
                Optional.ofNullable(row.getObject("max_queue_millis", Long.class))
                        .map(Duration::ofMillis));
    }

    static Attempt attempt(ResultSet row) throws SQLException {
        long pid = row.getLong("pid");
        return new Attempt(
                name(row),
                row.getLong("job_key"),
                row.getInt("number"),
                row.getString("runner"),
                row.getTimestamp("lease_expire_time").toInstant(),
                text(row, "outcome").map(Attempt.Outcome::valueOf),
                time(row, "end_time"),
                time(row, "process_start_time").map(start -> new Attempt.WorkerProcess(pid, start)),
                resources(row),
                row.getTimestamp("yield_time") != null);
    }

    static JobEvent event(ResultSet row) throws SQLException {
        long sequence = row.getLong("sequence");
        Instant time = row.getTimestamp("time").toInstant();
        int attempt = row.getInt("attempt");
        Map<String, Double> metrics = Json.read(row.getString("metrics"), METRICS);
        Optional<String> to = text(row, "to_state");
        if (to.isEmpty()) {
            return new JobEvent.Progressed(sequence, time, attempt, progress(row, metrics));
        }
        return new JobEvent.Transition(
                sequence,
                time,
                attempt,
                text(row, "from_state").map(JobState::valueOf),
                JobState.valueOf(to.get()),
                row.getString("reason"),
                text(row, "model_version"),
                metrics,
                millis(row, "training_millis"));
    }

    private static JobProgress progress(ResultSet row, Map<String, Double> metrics) throws SQLException {
        return new JobProgress(
                row.getInt("epoch"),
                row.getInt("epochs"),
                row.getLong("step"),
                row.getLong("steps"),
                millis(row, "remaining_millis").orElse(null),
                metrics);
    }

    private static Resources resources(ResultSet row) throws SQLException {
        return new Resources(row.getInt("cores"), row.getLong("memory_bytes"), row.getInt("gpus"));
    }

    private static Optional<Duration> millis(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
    }

    private static JobName name(ResultSet row) throws SQLException {
        return new JobName(row.getString("tenant"), row.getString("job_id"));
    }

    private static Optional<String> text(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getTimestamp(column)).map(Timestamp::toInstant);
    }
}
