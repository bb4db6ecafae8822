package io.modelmill.training.schedule;

import io.modelmill.training.job.Attempt;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.JobState;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.job.PostgresJobs;
import io.modelmill.training.run.Runner;

/** Finds what ends by the clock, whoever began it: leases, waits, graces and deadlines. */
final class Sweeper {
    private final JobLife life;
    private final PostgresJobs jobs;
    private final PostgresAttempts attempts;
    private final Runner runner;

    Sweeper(JobLife life, PostgresJobs jobs, PostgresAttempts attempts, Runner runner) {
        this.life = life;
        this.jobs = jobs;
        this.attempts = attempts;
        this.runner = runner;
    }

    /** Looks once. */
    void sweep() {
        // First, so that a worker of a killed service is found before its attempt is judged by the lease alone.
        runner.reconcile();
        for (JobName name : jobs.pastDeadline()) {
            life.locked(
                    name,
                    locked -> life.happen(
                            locked,
                            new Happening.DeadlinePassed("ran longer than max_duration: "
                                    + locked.job().spec().maxDuration())));
        }
        for (Attempt attempt : attempts.expired()) {
            loseIfExpired(attempt);
        }
        for (JobName name : jobs.due(JobState.CANCELLING)) {
            life.happen(name, new Happening.CancelGraceEnded());
        }
        for (JobName name : jobs.due(JobState.RETRY_WAIT)) {
            life.happen(name, new Happening.RetryDue());
        }
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
