package io.modelmill.training.schedule;

import io.modelmill.training.job.Attempt;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.JobState;
import io.modelmill.training.job.LockedJob;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.job.PostgresJobs;
import io.modelmill.training.queue.QueueConfig;
import io.modelmill.training.run.Runner;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Finds what ends by the clock, whoever began it: leases, waits, graces and deadlines. */
final class Sweeper {
    private static final Logger LOG = Logger.getLogger(Sweeper.class);

    private final JobLife life;
    private final PostgresJobs jobs;
    private final PostgresAttempts attempts;
    private final Runner runner;
    private final QueueConfig queue;

    Sweeper(JobLife life, PostgresJobs jobs, PostgresAttempts attempts, Runner runner, QueueConfig queue) {
        this.life = life;
        this.jobs = jobs;
        this.attempts = attempts;
        this.runner = runner;
        this.queue = queue;
    }

    /** Looks once. */
    void sweep() {
        // First, so that a worker of a killed service is found before its attempt is judged by the lease alone.
        runner.reconcile();
        each(jobs.pastDeadline(), this::timeOut);
        each(attempts.expired(), this::loseIfExpired);
        each(attempts.askedToYield(queue.yieldGrace()), this::interrupt);
        each(jobs.due(JobState.CANCELLING), name -> life.happen(name, new Happening.CancelGraceEnded()));
        each(jobs.due(JobState.RETRY_WAIT), name -> life.happen(name, new Happening.RetryDue()));
    }

    /** One that fails must not keep the others waiting. */
    private static <T> void each(List<T> all, Consumer<T> work) {
        for (T one : all) {
            try {
                work.accept(one);
            } catch (RuntimeException failure) {
                LOG.warnf(failure, "not swept, trying again: %s", one);
            }
        }
    }

    private void interrupt(Attempt asked) {
        life.happen(asked.job(), asked.number(), new Happening.Yielded(false));
    }

    /** Looks again under the lock: the first attempt may have started meanwhile. */
    private void timeOut(JobName name) {
        life.locked(
                name,
                locked -> why(locked).flatMap(reason -> life.happen(locked, new Happening.DeadlinePassed(reason))));
    }

    private static Optional<String> why(LockedJob locked) {
        Job job = locked.job();
        if (job.deadline().filter(end -> !end.isAfter(locked.now())).isPresent()) {
            return Optional.of("ran longer than max_duration: " + job.spec().maxDuration());
        }
        return job.queueDeadline()
                .filter(end -> !end.isAfter(locked.now()))
                .flatMap(end -> job.scheduling().maxQueueDuration())
                .map(wait -> "waited longer than max_queue_duration: " + wait);
    }

    /** Looks again under the lock: the worker may have renewed meanwhile. */
    private void loseIfExpired(Attempt seen) {
        life.locked(
                seen.job(),
                locked -> attempts.find(locked.transaction(), seen.jobKey(), seen.number())
                        .filter(attempt -> attempt.outcome().isEmpty())
                        .filter(attempt -> !attempt.leaseExpireTime().isAfter(locked.now()))
                        .flatMap(expired -> life.happen(
                                locked,
                                new Happening.PlatformFault(
                                        "the worker's lease ended at " + expired.leaseExpireTime(), false))));
    }
}
