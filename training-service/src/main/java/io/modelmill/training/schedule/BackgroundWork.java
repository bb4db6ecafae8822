package io.modelmill.training.schedule;

import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobSignals;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.job.PostgresJobs;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.training.run.Runner;
import io.modelmill.training.trace.JobTraces;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.List;

/** Keeps scheduler, sweeper and finalizer going. All that they know is in the database: they begin where another ended. */
@ApplicationScoped
public class BackgroundWork {
    private final Scheduler scheduler;
    private final Sweeper sweeper;
    private final Finalizer finalizer;
    private final Runner runner;
    private final ScheduleConfig config;
    private volatile List<BackgroundLoop> loops = List.of();

    BackgroundWork(
            JobLife life,
            PostgresJobs jobs,
            PostgresAttempts attempts,
            RegistryClient registry,
            Runner runner,
            JobTraces traces,
            JobSignals signals,
            ScheduleConfig config) {
        this.scheduler = new Scheduler(life, runner, traces);
        this.sweeper = new Sweeper(life, jobs, attempts, runner);
        this.finalizer = new Finalizer(life, jobs, registry, config, traces);
        this.runner = runner;
        this.config = config;
        signals.onChange(() -> loops.forEach(BackgroundLoop::wake));
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
        List<BackgroundLoop> started = new ArrayList<>();
        started.add(new BackgroundLoop("sweeper", config.interval(), sweeper::sweep));
        started.add(new BackgroundLoop("scheduler", config.interval(), scheduler::startWaiting));
        started.add(new BackgroundLoop("finalizer", config.validationInterval(), finalizer::finalizeDue));
        loops = List.copyOf(started);
    }

    /** Looks at no job any more; workers go on. */
    public synchronized void stop() {
        loops.forEach(BackgroundLoop::close);
        loops = List.of();
    }
}
