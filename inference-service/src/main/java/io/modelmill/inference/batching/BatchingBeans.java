package io.modelmill.inference.batching;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.session.Sessions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes this process's run threads from the configuration. */
@ApplicationScoped
class BatchingBeans {
    @Produces
    @Singleton
    RunScheduler scheduler(BatchingConfig config, Sessions sessions, MeterRegistry meters) {
        RunScheduler scheduler = new RunScheduler(
                sessions.runThreads(), config.queueCapacity(), config.queueRows(), config.tenantWeights());
        Gauge.builder("modelmill.inference.queue.waiting", scheduler, RunScheduler::waiting)
                .description("Predictions that wait for a run")
                .register(meters);
        return scheduler;
    }

    void close(@Disposes RunScheduler scheduler) {
        scheduler.close();
    }
}
