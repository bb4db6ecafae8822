package io.modelmill.training.schedule;

import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.run.Runner;
import io.modelmill.training.trace.JobTraces;
import java.io.IOException;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Gives waiting jobs their turn. Any number of replicas may do so over one database. */
final class Scheduler {
    private static final Logger LOG = Logger.getLogger(Scheduler.class);

    private final JobLife life;
    private final Runner runner;
    private final JobTraces traces;

    Scheduler(JobLife life, Runner runner, JobTraces traces) {
        this.life = life;
        this.runner = runner;
        this.traces = traces;
    }

    /** Starts as many jobs as there is room for, and asks for room for the next. */
    void startWaiting() {
        for (Optional<Job> next = next(); next.isPresent(); next = next()) {
            Job job = next.get();
            traces.span("start worker", job.name().toString(), job.traceparent(), () -> start(job));
        }
    }

    private Optional<Job> next() {
        return runner.inRoom(room -> life.startNext(runner.id(), room));
    }

    private Optional<Job> start(Job job) {
        try {
            runner.start(job, JobTraces.current());
            return Optional.of(job);
        } catch (IOException failure) {
            LOG.errorf(failure, "%s: no worker could be started", job.name());
            return life.happen(
                    job.name(),
                    job.attempt(),
                    new Happening.PlatformFault("no worker could be started: " + failure.getMessage(), false));
        }
    }
}
