package io.modelmill.training.schedule;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobSignals;
import io.modelmill.training.job.JobState;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.job.PostgresJobs;
import io.modelmill.training.queue.QueueConfig;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.training.resource.ResourceClasses;
import io.modelmill.training.run.Runner;
import io.modelmill.training.trace.JobTraces;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/** Keeps scheduler, sweeper and finalizer going. All that they know is in the database: they begin where another ended. */
@ApplicationScoped
public class BackgroundWork {
    private static final Runnable NOTHING = () -> {};

    private final Scheduler scheduler;
    private final Sweeper sweeper;
    private final Finalizer finalizer;
    private final Runner runner;
    private final ScheduleConfig config;
    private volatile List<BackgroundLoop> loops = List.of();
    private volatile Runnable wakeScheduler = NOTHING;
    private volatile Runnable wakeFinalizer = NOTHING;

    BackgroundWork(
            JobLife life,
            PostgresJobs jobs,
            PostgresAttempts attempts,
            RegistryClient registry,
            Runner runner,
            JobTraces traces,
            JobSignals signals,
            QueueConfig queue,
            ResourceClasses classes,
            ScheduleConfig config,
            MeterRegistry meters) {
        this.scheduler = new Scheduler(life, runner, traces, classes.smallest(), config.interval(), meters);
        this.sweeper = new Sweeper(life, jobs, attempts, runner, queue);
        this.finalizer = new Finalizer(life, jobs, registry, config, traces);
        this.runner = runner;
        this.config = config;
        signals.onTransition(this::wake);
    }

    void onStart(@Observes StartupEvent event) {
        start();
    }

    void onStop(@Observes ShutdownEvent event) {
        stop();
        runner.stop();
    }

    /** Begins to look at jobs. */
    public synchronized void start() {
        if (!loops.isEmpty()) {
            return;
        }
        // Before any worker is started: those of an earlier life take room, too.
        runner.reconcile();
        BackgroundLoop scheduling = new BackgroundLoop("scheduler", config.interval(), scheduler::startWaiting);
        BackgroundLoop finalizing =
                new BackgroundLoop("finalizer", config.validationInterval(), finalizer::finalizeDue);
        loops = List.of(scheduling, finalizing, new BackgroundLoop("sweeper", config.interval(), sweeper::sweep));
        wakeScheduler = scheduling::wake;
        wakeFinalizer = finalizing::wake;
        runner.onRoom(wakeScheduler);
    }

    /** To whom the new state of a job is work at once; the sweeper looks at clocks alone. */
    private void wake(JobState to) {
        switch (to) {
            case QUEUED, RETRY_WAIT, SUCCEEDED, FAILED, CANCELLED, TIMED_OUT -> wakeScheduler.run();
            case FINALIZING -> {
                // Its worker's place is free soon, and so is a part of its tenant's quota.
                wakeScheduler.run();
                wakeFinalizer.run();
            }
            case ADMITTED, STARTING, RUNNING, CANCELLING, PREEMPTED -> {}
        }
    }

    /** Looks at no job any more; workers go on. */
    public synchronized void stop() {
        loops.forEach(BackgroundLoop::close);
        loops = List.of();
        wakeScheduler = NOTHING;
        wakeFinalizer = NOTHING;
    }
}
