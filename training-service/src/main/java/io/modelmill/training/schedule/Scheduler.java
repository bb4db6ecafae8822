package io.modelmill.training.schedule;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.run.Runner;
import io.modelmill.training.trace.JobTraces;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Gives waiting jobs their turn. Any number of replicas may do so over one database. */
final class Scheduler {
    private static final Logger LOG = Logger.getLogger(Scheduler.class);

    private final JobLife life;
    private final Runner runner;
    private final JobTraces traces;
    private final Resources smallest;
    private final Duration interval;
    private final Timer started;
    private final Timer none;
    private long lastFull;

    /**
     * @param smallest what any worker needs at least
     * @param interval between two looks while the runner has no room
     */
    Scheduler(
            JobLife life,
            Runner runner,
            JobTraces traces,
            Resources smallest,
            Duration interval,
            MeterRegistry meters) {
        this.life = life;
        this.runner = runner;
        this.traces = traces;
        this.smallest = smallest;
        this.interval = interval;
        this.started = pass(meters, "started");
        this.none = pass(meters, "none");
        this.lastFull = System.nanoTime() - interval.toNanos();
    }

    /** How long it takes to find the next job and to note its start, by whether there was one. */
    private static Timer pass(MeterRegistry meters, String outcome) {
        return Timer.builder("modelmill.training.pass")
                .description("A look for the job that is next, with the transaction that starts it")
                .tag("outcome", outcome)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(10))
                .register(meters);
    }

    /** Starts as many jobs as there is room for, and asks for room for the next. */
    void startWaiting() {
        for (Optional<Job> next = next(); next.isPresent(); next = next()) {
            Job job = next.get();
            traces.span("start worker", job.name().toString(), job.traceparent(), () -> start(job));
        }
    }

    private Optional<Job> next() {
        return runner.inRoom(room -> {
            if (!room.holds(smallest) && !isTimeToLookForPreemption()) {
                return Optional.empty();
            }
            long begin = System.nanoTime();
            Optional<Job> next = life.startNext(runner.id(), room);
            (next.isPresent() ? started : none).record(System.nanoTime() - begin, TimeUnit.NANOSECONDS);
            return next;
        });
    }

    /** Without room a place can only be asked for. Every submission looks, and that need not be done for each. */
    private boolean isTimeToLookForPreemption() {
        long now = System.nanoTime();
        if (now - lastFull < interval.toNanos()) {
            return false;
        }
        lastFull = now;
        return true;
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
