package io.modelmill.training.run;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.training.job.Attempt;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobCheckpoint;
import io.modelmill.training.job.JobConfig;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.JobProgress;
import io.modelmill.training.job.JobState;
import io.modelmill.training.job.LockedJob;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.job.PostgresMetrics;
import io.modelmill.training.job.TrainingReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What workers may do with the jobs that they hold. All of it is done under the lock of the job's row and only while the
 * worker's attempt is the current one and its lease lasts.
 */
@ApplicationScoped
public class Attempts {
    private final JobLife life;
    private final PostgresAttempts attempts;
    private final PostgresMetrics metrics;
    private final JobConfig config;

    Attempts(JobLife life, PostgresAttempts attempts, PostgresMetrics metrics, JobConfig config) {
        this.life = life;
        this.attempts = attempts;
        this.metrics = metrics;
        this.config = config;
    }

    /** The job of a current attempt. */
    Job job(Ref ref) {
        return held(ref, LockedJob::job);
    }

    /** The worker begins to train; asking again changes nothing but the lease. */
    Hold take(Ref ref) {
        return held(ref, locked -> {
            Job job = life.happen(locked, new Happening.AssignmentTaken()).orElse(locked.job());
            return hold(locked, job);
        });
    }

    /** The worker holds its job for another while. */
    Hold renew(Ref ref) {
        return held(ref, locked -> hold(locked, locked.job()));
    }

    /**
     * The worker got on; what is told twice, or too late, counts once.
     *
     * @param points in order, at least one
     */
    void progress(Ref ref, List<JobProgress> points) {
        held(ref, locked -> {
            Job job = locked.job();
            requireAssigned(job);
            metrics.add(locked, points);
            JobProgress last = points.getLast();
            boolean further = job.progress().map(last::isBeyond).orElse(true);
            if (job.state() == JobState.RUNNING && further) {
                life.progress(locked, last);
            }
            return job;
        });
    }

    /** The worker has kept the state of its training, also while it is being stopped; an older one of its own is left. */
    void checkpoint(Ref ref, Kept kept) {
        held(ref, locked -> {
            Job job = locked.job();
            requireAssigned(job);
            boolean older = job.checkpoint()
                    .filter(last -> last.attempt() == job.attempt() && last.step() > kept.step())
                    .isPresent();
            if (!older) {
                life.checkpoint(
                        locked,
                        new JobCheckpoint(
                                kept.sha256(),
                                kept.sizeBytes(),
                                kept.epoch(),
                                kept.step(),
                                job.attempt(),
                                locked.now()));
            }
            return job;
        });
    }

    /** The attempt ends; the same end may be told again. */
    void end(Ref ref, Happening outcome) {
        life.locked(ref.job(), locked -> {
            Attempt attempt = attempts.find(locked.transaction(), locked.job().key(), ref.fencingToken())
                    .orElseThrow(() -> stale(ref));
            if (attempt.outcome().isPresent()) {
                if (attempt.outcome().get() == outcome.attemptOutcome()) {
                    return Optional.of(locked.job());
                }
                throw stale(ref);
            }
            requireLease(attempt, locked, ref);
            if (outcome instanceof Happening.ModelTrained) {
                requireAssigned(locked.job());
            }
            boolean unasked =
                    outcome instanceof Happening.WorkerStopped && locked.job().state() != JobState.CANCELLING
                            || outcome instanceof Happening.Yielded && !attempt.yieldRequested();
            return life.happen(
                    locked,
                    unasked ? new Happening.PlatformFault("the worker stopped without being asked", true) : outcome);
        });
    }

    private <T> T held(Ref ref, Function<LockedJob, T> work) {
        return life.locked(ref.job(), locked -> {
            Attempt attempt = attempts.find(locked.transaction(), locked.job().key(), ref.fencingToken())
                    .filter(found -> found.outcome().isEmpty())
                    .orElseThrow(() -> stale(ref));
            requireLease(attempt, locked, ref);
            return work.apply(locked);
        });
    }

    private Hold hold(LockedJob locked, Job job) {
        PostgresAttempts.Extended extended = attempts.extend(locked, config.lease());
        return new Hold(job, extended.expireTime(), job.state() == JobState.CANCELLING, extended.yieldRequested());
    }

    private static void requireAssigned(Job job) {
        if (job.state() == JobState.STARTING) {
            throw new ServiceException(
                    TrainingReason.ATTEMPT_NOT_ASSIGNED, "state: STARTING (expected: RUNNING, after GetAssignment)");
        }
    }

    /** A lease that has ended is over at once, not only when the sweeper sees it. */
    private static void requireLease(Attempt attempt, LockedJob locked, Ref ref) {
        if (!attempt.leaseExpireTime().isAfter(locked.now())) {
            throw stale(ref);
        }
    }

    private static ServiceException stale(Ref ref) {
        return new ServiceException(
                TrainingReason.STALE_ATTEMPT,
                "attempt.fencing_token: " + ref.fencingToken() + " (expected: the current attempt of \"" + ref.job()
                        + "\" with a lease that lasts)");
    }

    /**
     * A state of training whose bytes are uploaded.
     *
     * @param epoch epochs done
     * @param step steps done
     */
    record Kept(String sha256, long sizeBytes, int epoch, long step) {}

    /** Who speaks. */
    record Ref(JobName job, long fencingToken) {}

    /** A worker's hold on its job. */
    record Hold(Job job, Instant expireTime, boolean cancelRequested, boolean yieldRequested) {}
}
