package io.modelmill.inference.session;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes this process's ONNX Runtime and its threads from the configuration. */
@ApplicationScoped
class SessionBeans {
    @Produces
    @Singleton
    Sessions sessions(SessionConfig config) {
        return new Sessions(config);
    }

    @Produces
    @Singleton
    SessionRuns runs(SessionConfig config, MeterRegistry meters) {
        SessionRuns runs = new SessionRuns(config);
        Gauge.builder("modelmill.inference.queue.waiting", runs, SessionRuns::waiting)
                .description("Predictions that wait for a run")
                .register(meters);
        return runs;
    }

    void closeRuns(@Disposes SessionRuns runs) {
        runs.close();
    }
}
