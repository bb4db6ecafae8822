package io.modelmill.training.schedule;

import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobSignals;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.job.PostgresJobs;
import io.modelmill.training.queue.QueueConfig;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.training.run.Runner;
import io.modelmill.training.trace.JobTraces;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.stream.Stream;

/** Keeps scheduler, sweeper and finalizer going. All that they know is in the database: they begin where another ended. */
@ApplicationScoped
public class BackgroundWork {
    private final Scheduler scheduler;
    private final Sweeper sweeper;
    private final Finalizer finalizer;
    private final Runner runner;
    private final ScheduleConfig config;
    private volatile List<BackgroundLoop> loops = List.of();
    /** Those to whom a job's new state may be work at once; the sweeper looks at clocks alone. */
    private volatile List<BackgroundLoop> woken = List.of();

    BackgroundWork(
            JobLife life,
            PostgresJobs jobs,
            PostgresAttempts attempts,
            RegistryClient registry,
            Runner runner,
            JobTraces traces,
            JobSignals signals,
            QueueConfig queue,
            ScheduleConfig config) {
        this.scheduler = new Scheduler(life, runner, traces);
        this.sweeper = new Sweeper(life, jobs, attempts, runner, queue);
        this.finalizer = new Finalizer(life, jobs, registry, config, traces);
        this.runner = runner;
        this.config = config;
        signals.onTransition(() -> woken.forEach(BackgroundLoop::wake));
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
        woken = List.of(
                new BackgroundLoop("scheduler", config.interval(), scheduler::startWaiting),
                new BackgroundLoop("finalizer", config.validationInterval(), finalizer::finalizeDue));
        loops = Stream.concat(
                        woken.stream(), Stream.of(new BackgroundLoop("sweeper", config.interval(), sweeper::sweep)))
                .toList();
    }

    /** Looks at no job any more; workers go on. */
    public synchronized void stop() {
        loops.forEach(BackgroundLoop::close);
        loops = List.of();
        woken = List.of();
    }
}
