package io.modelmill.training.job;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.training.queue.Next;
import io.modelmill.training.queue.PostgresQueue;
import io.modelmill.training.queue.Turn;
import io.modelmill.training.resource.ResourceClass;
import io.modelmill.training.resource.Room;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * The one place where a job changes. Each transition writes the job's row, its event and the event's outbox row in one
 * transaction, under the lock of the job's row, so that events of a job are in order whatever replica writes them.
 */
@ApplicationScoped
public class JobLife {
    private static final Logger LOG = Logger.getLogger(JobLife.class);

    private final Jdbi jdbi;
    private final PostgresJobs jobs;
    private final PostgresAttempts attempts;
    private final PostgresQueue queue;
    private final Dependencies dependencies;
    private final MemoryRetry memory;
    private final JobSignals signals;
    private final JobConfig config;
    private final MeterRegistry meters;

    /** Works on the database of the stores. */
    JobLife(
            Jdbi jdbi,
            PostgresJobs jobs,
            PostgresAttempts attempts,
            PostgresQueue queue,
            Dependencies dependencies,
            MemoryRetry memory,
            JobSignals signals,
            JobConfig config,
            MeterRegistry meters) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.attempts = attempts;
        this.queue = queue;
        this.dependencies = dependencies;
        this.memory = memory;
        this.signals = signals;
        this.config = config;
        this.meters = meters;
    }

    /** Makes a job, or answers empty if its id or request id is taken. */
    Optional<Job> submit(NewJob wanted) {
        return jdbi.inTransaction(transaction -> {
            Instant now = jobs.clock(transaction);
            String reason = "submitted";
            List<Dependencies.Before> before = dependencies.lock(
                    transaction, wanted.name().tenant(), wanted.scheduling().after());
            List<Long> open = before.stream()
                    .filter(one -> !one.state().isTerminal())
                    .map(Dependencies.Before::key)
                    .toList();
            Optional<Job> inserted = jobs.insert(transaction, wanted, open.size(), reason, now);
            return inserted.map(job -> {
                dependencies.insert(transaction, job.key(), open);
                queue.join(transaction, wanted.name().tenant());
                transaction.afterCommit(() -> signals.changed(wanted.name(), JobState.QUEUED));
                LockedJob queued = new LockedJob(
                        transaction,
                        JobJournal.transition(
                                new LockedJob(transaction, job, now),
                                Optional.empty(),
                                JobState.QUEUED,
                                reason,
                                new JobChange(),
                                Optional.empty()),
                        now);
                // It may have ended since it was checked.
                return before.stream()
                        .filter(one -> one.state().isTerminal() && one.state() != JobState.SUCCEEDED)
                        .findFirst()
                        .flatMap(ended -> happen(queued, new Happening.DependencyEnded(ended.name(), ended.state())))
                        .orElse(queued.job());
            });
        });
    }

    /**
     * Does work under the lock of the job's row; what it writes and what it makes happen is one transaction.
     *
     * @throws ServiceException NOT_FOUND if there is no such job
     */
    public <T> T locked(JobName name, Function<LockedJob, T> work) {
        return jdbi.inTransaction(transaction -> {
            Job job = jobs.lock(transaction, name).orElseThrow(() -> ServiceException.notFound(name.toString()));
            return work.apply(new LockedJob(transaction, job, jobs.clock(transaction)));
        });
    }

    /** Lets something happen to a job. Answers the changed job, or empty if it came too late to change anything. */
    public Optional<Job> happen(JobName name, Happening happening) {
        return locked(name, job -> happen(job, happening));
    }

    /** Lets something happen to an attempt; nothing follows if the attempt is over. */
    public Optional<Job> happen(JobName name, int attempt, Happening happening) {
        return locked(
                name,
                locked -> attempts.find(locked.transaction(), locked.job().key(), attempt)
                        .filter(found -> found.outcome().isEmpty())
                        .flatMap(open -> happen(locked, happening)));
    }

    /** The same as part of a transaction. */
    public Optional<Job> happen(LockedJob locked, Happening happening) {
        Job job = locked.job();
        Optional<ResourceClass> bigger = memory.bigger(job);
        Happening told =
                happening instanceof Happening.OutOfMemory out ? memory.explained(job, out, bigger) : happening;
        boolean retryLeft = job.failures() + 1 < config.maxPlatformFailures();
        Optional<Job> changed = LifeCycle.next(job.state(), told, new LifeCycle.Chances(retryLeft, bigger.isPresent()))
                .map(step -> change(locked, told, step));
        changed.filter(after -> after.state().isTerminal()).ifPresent(after -> settle(locked, after));
        return changed.flatMap(after -> after.state() == JobState.PREEMPTED
                ? happen(new LockedJob(locked.transaction(), after, locked.now()), new Happening.QueuedAgain())
                : changed);
    }

    /** Lets go, or ends, those that come after a job that has ended. */
    private void settle(LockedJob locked, Job end) {
        Handle transaction = locked.transaction();
        if (end.state() == JobState.SUCCEEDED) {
            if (dependencies.succeeded(transaction, end)) {
                queue.join(transaction, end.name().tenant());
            }
            return;
        }
        dependencies.lockAllAfter(transaction, end);
        Deque<Job> ended = new ArrayDeque<>(List.of(end));
        while (!ended.isEmpty()) {
            Job before = ended.remove();
            Happening happening = new Happening.DependencyEnded(before.name().toString(), before.state());
            for (Job waiting : dependencies.waiting(transaction, before)) {
                LifeCycle.next(waiting.state(), happening, LifeCycle.Chances.NONE)
                        .map(step -> change(new LockedJob(transaction, waiting, locked.now()), happening, step))
                        .ifPresent(ended::add);
            }
        }
    }

    /**
     * Starts an attempt of the job that is next among those that a runner has room for, if there is one; if not, asks those for
     * their places who must give them.
     */
    public Optional<Job> startNext(String runner, Room room) {
        Set<Long> passed = new HashSet<>();
        Next next = queue.next(runner, room, passed);
        while (next.turn().isPresent()) {
            Turn turn = next.turn().get();
            Optional<Job> started = start(runner, turn);
            if (started.isPresent()) {
                return started;
            }
            // Another replica is taking it, or has used up its tenant's quota meanwhile.
            passed.add(turn.jobKey());
            next = queue.next(runner, room, passed);
        }
        next.victims().forEach(victim -> {
            LOG.infof(
                    "tenant %s: attempt %d of job %d is asked for its place",
                    victim.tenant(), victim.attempt(), victim.jobKey());
            attempts.askToYield(victim.jobKey(), victim.attempt());
        });
        return Optional.empty();
    }

    private Optional<Job> start(String runner, Turn turn) {
        return jdbi.inTransaction(transaction -> jobs.lockQueued(transaction, turn.jobKey())
                .filter(job -> queue.take(transaction, turn, job.resourceClass().resources()))
                .map(job -> new LockedJob(transaction, job, jobs.clock(transaction)))
                .flatMap(job -> happen(job, new Happening.Admitted())
                        .map(admitted -> new LockedJob(transaction, admitted, job.now())))
                .flatMap(job -> happen(job, new Happening.AttemptStarted(runner))));
    }

    /** Tells the job's owner why an attempt is where it is, without changing its state; nothing if the attempt is over. */
    public void explain(JobName name, int attempt, String reason) {
        locked(
                name,
                locked -> attempts.find(locked.transaction(), locked.job().key(), attempt)
                        .filter(found -> found.outcome().isEmpty())
                        .filter(open -> !locked.job().reason().equals(reason))
                        .map(open -> {
                            JobJournal.explain(locked, reason);
                            return open;
                        }));
    }

    /** Notes how far the current attempt is. */
    public void progress(LockedJob locked, JobProgress progress) {
        if (JobJournal.progress(locked, progress)) {
            locked.transaction()
                    .afterCommit(() -> signals.progressed(locked.job().name()));
        }
    }

    /** Notes a checkpoint of the current attempt. */
    public void checkpoint(LockedJob locked, JobCheckpoint checkpoint) {
        JobJournal.checkpoint(locked, checkpoint);
    }

    private Job change(LockedJob locked, Happening happening, LifeCycle.Step step) {
        Job job = locked.job();
        JobState to = step.to();
        JobChange change = new JobChange().set("due_time", null);
        switch (to) {
            case STARTING ->
                change.set("attempt_count", job.attempt() + 1)
                        .set("progress", null)
                        .set("turn_time", null)
                        .set("queue_deadline", null);
            case RUNNING -> {
                change.setTime("start_time", job.startTime().orElse(locked.now()));
                // Not before: until then it may wait for a node, an image or Kueue.
                if (job.deadline().isEmpty()) {
                    Duration left = job.timeLeft().orElse(job.spec().maxDuration());
                    change.setTime("deadline", locked.now().plus(left)).set("time_left_millis", null);
                }
                attempts.run(locked);
            }
            case CANCELLING -> change.setTime("due_time", locked.now().plus(config.cancelGrace()));
            case RETRY_WAIT -> change.setTime("due_time", locked.now().plus(backoff(job, happening)));
            case FINALIZING -> change.setTime("due_time", locked.now());
            case SUCCEEDED, FAILED, CANCELLED, TIMED_OUT -> change.setTime("end_time", locked.now());
            case QUEUED -> queue.join(locked.transaction(), job.name().tenant());
            case PREEMPTED -> {
                // What it waits for another does not count as its own time.
                Duration left = Duration.between(locked.now(), job.deadline().orElse(locked.now()));
                change.set("preemption_count", job.preemptions() + 1)
                        .set("deadline", null)
                        .set("time_left_millis", Math.max(0, left.toMillis()));
            }
            case ADMITTED -> {}
        }
        if (happening instanceof Happening.OutOfMemory && to == JobState.RETRY_WAIT) {
            memory.bigger(job)
                    .ifPresent(bigger -> change.set(
                                    "class_before", job.resourceClass().name())
                            .set("resource_class", bigger.name())
                            .set("cores", bigger.resources().cores())
                            .set("memory_bytes", bigger.resources().memoryBytes())
                            .set("gpus", bigger.resources().gpus()));
        }
        if (happening instanceof Happening.PlatformFault) {
            change.set("failure_count", job.failures() + 1);
        }
        if (happening instanceof Happening.ModelTrained(TrainedModel model) && to == JobState.FINALIZING) {
            change.setJson("trained", model);
        }
        if (happening instanceof Happening.VersionReady ready) {
            change.set("model_version", ready.version()).setJson("metrics", ready.metrics());
        }
        if (happening instanceof Happening.VersionRejected rejected) {
            change.set("model_version", rejected.version()).setJson("metrics", rejected.metrics());
        }
        Optional<Duration> trained = Optional.empty();
        if (happening instanceof Happening.AttemptStarted(String runner)) {
            attempts.open(locked, job.attempt() + 1, runner, config.lease());
        }
        if (step.attempt() == LifeCycle.AttemptChange.CLOSES) {
            trained = Optional.of(attempts.close(locked, happening.attemptOutcome()));
        }
        Job after = JobJournal.transition(locked, Optional.of(job.state()), to, happening.reason(), change, trained);
        locked.transaction().afterCommit(() -> {
            meters.counter("modelmill.training.transitions", "to", to.name()).increment();
            LOG.infof("%s: %s -> %s (%s)", job.name(), job.state(), to, happening.reason());
            signals.changed(job.name(), to);
        });
        return after;
    }

    private Duration backoff(Job job, Happening happening) {
        if (!(happening instanceof Happening.PlatformFault)) {
            return Duration.ZERO;
        }
        int doublings = Math.min(job.failures(), 20);
        Duration wait = config.retryBackoff().multipliedBy(1L << doublings);
        return wait.compareTo(config.maxRetryBackoff()) < 0 ? wait : config.maxRetryBackoff();
    }
}
