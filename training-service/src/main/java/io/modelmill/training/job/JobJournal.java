package io.modelmill.training.job;

import io.modelmill.training.trace.JobTraces;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Writes what happened to a job: its row, the event and the outbox row, all in the transaction that holds the lock. */
final class JobJournal {
    /** Between two events of progress. */
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(1);

    private JobJournal() {}

    /**
     * Changes the state and answers the job as it is then.
     *
     * @param trained how long the attempt trained, if this ends one
     */
    static Job transition(
            LockedJob locked,
            Optional<JobState> from,
            JobState to,
            String reason,
            JobChange change,
            Optional<Duration> trained) {
        long sequence = tellLastProgress(locked) + 1;
        Job after = update(
                locked,
                change.set("state", to.name()).set("state_reason", reason).set("last_sequence", sequence));
        boolean succeeded = to == JobState.SUCCEEDED;
        append(
                locked,
                after,
                new JobEvent.Transition(
                        sequence,
                        locked.now(),
                        after.attempt(),
                        from,
                        to,
                        reason,
                        succeeded ? after.modelVersion() : Optional.empty(),
                        succeeded ? after.metrics() : Map.of(),
                        trained));
        return after;
    }

    /**
     * Notes how far the attempt is. It is an event only if the last was long ago; what is left untold is told before the job next
     * changes its state.
     *
     * @return whether it is an event
     */
    static boolean progress(LockedJob locked, JobProgress progress) {
        JobChange change = new JobChange().setJson("progress", progress);
        Optional<Told> last = lastTold(locked);
        if (last.isPresent() && last.get().time().plus(PROGRESS_INTERVAL).isAfter(locked.now())) {
            var _ = update(locked, change);
            return false;
        }
        long sequence = locked.job().lastSequence() + 1;
        Job after = update(locked, change.set("last_sequence", sequence));
        append(locked, after, new JobEvent.Progressed(sequence, locked.now(), after.attempt(), progress));
        return true;
    }

    /** Makes an event of a progress that is none yet, and answers the sequence of the last event. */
    private static long tellLastProgress(LockedJob locked) {
        Job job = locked.job();
        Optional<JobProgress> untold = job.progress()
                .filter(progress -> job.state().hasOpenAttempt()
                        && lastTold(locked)
                                .filter(told -> told.isOf(progress, job.attempt()))
                                .isEmpty());
        long sequence = job.lastSequence() + (untold.isPresent() ? 1 : 0);
        untold.ifPresent(progress ->
                append(locked, job, new JobEvent.Progressed(sequence, locked.now(), job.attempt(), progress)));
        return sequence;
    }

    /** The last progress that is an event. */
    private static Optional<Told> lastTold(LockedJob locked) {
        return locked.transaction()
                .createQuery("SELECT time, attempt, epoch, step FROM job_event"
                        + " WHERE job_key = :key AND epoch IS NOT NULL ORDER BY sequence DESC LIMIT 1")
                .bind("key", locked.job().key())
                .map((row, context) -> new Told(
                        row.getTimestamp("time").toInstant(),
                        row.getInt("attempt"),
                        row.getInt("epoch"),
                        row.getLong("step")))
                .findOne();
    }

    /** Notes the last state of training that was kept. */
    static void checkpoint(LockedJob locked, JobCheckpoint checkpoint) {
        var _ = update(locked, new JobChange().setJson("checkpoint", checkpoint));
    }

    /** Notes another reason of the state that the job is in. */
    static void explain(LockedJob locked, String reason) {
        var _ = update(locked, new JobChange().set("state_reason", reason));
    }

    private static Job update(LockedJob locked, JobChange change) {
        String assignments = change.values().keySet().stream()
                .map(column -> column + " = :" + column + (change.isJson(column) ? "::jsonb" : ""))
                .collect(Collectors.joining(", "));
        Query update = locked.transaction()
                .createQuery("UPDATE training_job SET " + assignments + " WHERE job_key = :key RETURNING "
                        + JobRows.JOB_COLUMNS)
                .bind("key", locked.job().key());
        change.values().forEach(update::bind);
        return update.map((row, context) -> JobRows.job(row)).one();
    }

    private static void append(LockedJob locked, Job job, JobEvent event) {
        JobChange columns = new JobChange();
        switch (event) {
            case JobEvent.Transition transition ->
                columns.set("from_state", transition.from().map(JobState::name).orElse(null))
                        .set("to_state", transition.to().name())
                        .set("reason", transition.reason())
                        .set("model_version", transition.modelVersion().orElse(null))
                        .set(
                                "training_millis",
                                millis(transition.attemptTrainingTime().orElse(null)))
                        .setJson("metrics", transition.metrics());
            case JobEvent.Progressed done ->
                columns.set("epoch", done.progress().epoch())
                        .set("epochs", done.progress().epochs())
                        .set("step", done.progress().step())
                        .set("steps", done.progress().steps())
                        .set("remaining_millis", millis(done.progress().remaining()))
                        .setJson("metrics", done.progress().metrics());
        }
        columns.set("job_key", job.key())
                .set("sequence", event.sequence())
                .set("time", Timestamp.from(event.time()))
                .set("attempt", event.attempt());
        String names = String.join(", ", columns.values().keySet());
        String values = columns.values().keySet().stream()
                .map(column -> ":" + column + (columns.isJson(column) ? "::jsonb" : ""))
                .collect(Collectors.joining(", "));
        var insert = locked.transaction().createUpdate("INSERT INTO job_event (" + names + ") VALUES (" + values + ")");
        columns.values().forEach(insert::bind);
        insert.execute();
        JobTraces.inTraceOf(job.traceparent(), () -> TrainingEvents.append(locked.transaction(), job.name(), event));
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : duration.toMillis();
    }

    /** Of an event of progress. */
    private record Told(Instant time, int attempt, int epoch, long step) {
        boolean isOf(JobProgress progress, int ofAttempt) {
            return attempt == ofAttempt && epoch == progress.epoch() && step == progress.step();
        }
    }
}
