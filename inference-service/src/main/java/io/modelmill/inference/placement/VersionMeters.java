package io.modelmill.inference.placement;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.modelmill.inference.model.ModelKey;
import java.time.Duration;
import java.util.List;

/**
 * Measures of one loaded version. They are made when it is loaded, so that a prediction looks nothing up, and leave with
 * it, so that a long-lived replica does not gather those of all versions that ever were.
 */
public final class VersionMeters {
    private final MeterRegistry registry;
    private final Counter requests;
    private final Counter failures;
    private final Timer queue;
    private final Timer run;

    VersionMeters(MeterRegistry registry, ModelKey model, long version) {
        Tags tags = Tags.of("model", model.qualifiedName(), "version", Long.toString(version));
        this.registry = registry;
        this.requests = Counter.builder("modelmill.inference.requests")
                .description("Predictions that were asked of the version")
                .tags(tags)
                .register(registry);
        this.failures = Counter.builder("modelmill.inference.failures")
                .description("Predictions of the version that failed, for whatever reason")
                .tags(tags)
                .register(registry);
        this.queue = Timer.builder("modelmill.inference.queue.duration")
                .description("Time that predictions waited for a run")
                .tags(tags)
                .register(registry);
        this.run = Timer.builder("modelmill.inference.run.duration")
                .description("Time of runs, with the copies in and out")
                .tags(tags)
                .register(registry);
    }

    /** A prediction was asked. */
    public void requested() {
        requests.increment();
    }

    /** A prediction failed. */
    public void failed() {
        failures.increment();
    }

    /** A prediction left the queue. */
    public void waited(Duration time) {
        queue.record(time);
    }

    /** A run ended. */
    public void ran(Duration time) {
        run.record(time);
    }

    void remove() {
        List.<Meter>of(requests, failures, queue, run).forEach(registry::remove);
    }
}
