package io.modelmill.inference.batching;

import io.modelmill.inference.session.RunResult;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import java.time.Instant;

/**
 * A span for each batch that a traced request was in, linked to the spans of all those requests: it belongs to none of their
 * traces alone. A batch of untraced requests costs a look at each.
 */
final class BatchTracing {
    /** Traces nothing. */
    static final BatchTracing NONE = new BatchTracing(TracerProvider.noop().get("none"));

    private final Tracer tracer;

    BatchTracing(Tracer tracer) {
        this.tracer = tracer;
    }

    /**
     * A batch has just been answered.
     *
     * @param name of the version
     * @param rows of the batch, without padding
     * @param scatterNanos time that its answers took to be written
     */
    void ran(String name, QueuedRequest[] requests, int rows, RunResult result, long scatterNanos) {
        SpanBuilder span = null;
        for (QueuedRequest request : requests) {
            SpanContext of = request.listener.span();
            if (of.isSampled()) {
                span = span == null ? tracer.spanBuilder("batch").setNoParent() : span;
                span.addLink(of);
            }
        }
        if (span == null) {
            return;
        }
        Instant end = Instant.now();
        span.setAttribute("modelmill.version.name", name)
                .setAttribute("modelmill.batch.requests", requests.length)
                .setAttribute("modelmill.batch.rows", rows)
                .setStartTimestamp(end.minusNanos(result.gatherNanos() + result.computeNanos() + scatterNanos))
                .startSpan()
                .end(end);
    }
}
