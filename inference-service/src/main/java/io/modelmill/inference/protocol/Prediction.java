package io.modelmill.inference.protocol;

import com.google.protobuf.MessageLite;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.StatusException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.placement.SessionLease;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.SessionRuns;
import io.modelmill.inference.statistics.FailureKind;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One call on its way from the event loop through the queue to a run thread. Whatever happens, it is answered once, its
 * request is closed and its lease ends. Its span is a child of the call's, with the wait and the run as children.
 *
 * @param <A> answer
 */
final class Prediction<A extends MessageLite> {
    private final WireCall<?, A> response;
    private final WireMessage<?> request;
    private final MeterRegistry meters;
    private final Tracer tracer;
    private final long begin = System.nanoTime();
    private final Context call = Context.current();
    private final Span span;
    private final io.opentelemetry.context.Context trace;

    /** Begins on the thread of the call, in its contexts. */
    Prediction(WireCall<?, A> response, WireMessage<?> request, MeterRegistry meters, Tracer tracer) {
        this.response = response;
        this.request = request;
        this.meters = meters;
        this.tracer = tracer;
        io.opentelemetry.context.Context parent = io.opentelemetry.context.Context.current();
        this.span = tracer.spanBuilder("inference").setParent(parent).startSpan();
        this.trace = parent.with(span);
    }

    /** The prediction's span. */
    SpanContext spanContext() {
        return span.getSpanContext();
    }

    /** Answers a failure before a version was found. */
    void refuse(Throwable failure) {
        StatusException status = status(failure);
        answer(status);
        Counter.builder("modelmill.inference.refused")
                .description("Predictions that failed before a version was found for them")
                .tag("code", status.getStatus().getCode().name())
                .register(meters)
                .increment();
    }

    /**
     * A request that was read and checked.
     *
     * @param run called on a run thread
     * @param writer of the answer; called before the run's outputs are given up
     */
    record Prepared<A>(Callable<RunResult> run, Function<List<OutputTensor>, A> writer) {}

    /**
     * Queues the run.
     *
     * @param lease ends with this prediction
     * @param prepared reads and checks the request at once
     */
    void queue(SessionRuns runs, SessionLease lease, Supplier<Prepared<A>> prepared) {
        lease.statistics().requested();
        span.setAttribute("modelmill.model", lease.model().resourceName())
                .setAttribute("modelmill.version", lease.version().number());
        Span waiting = tracer.spanBuilder("queue").setParent(trace).startSpan();
        long since = System.nanoTime();
        try {
            Prepared<A> work = prepared.get();
            runs.submit(() -> {
                waiting.end();
                run(lease, work, System.nanoTime() - since);
            });
        } catch (RuntimeException failure) {
            waiting.end();
            fail(lease, failure);
        }
    }

    private void run(SessionLease lease, Prepared<A> work, long waited) {
        if (call.isCancelled()) {
            // Its deadline has passed or its caller has gone: nobody would read the answer.
            fail(lease, Contexts.statusFromCancelled(call).asException());
            return;
        }
        Span running = tracer.spanBuilder("run").setParent(trace).startSpan();
        try (Scope _ = trace.with(running).makeCurrent();
                RunResult result = work.run().call()) {
            running.end();
            // The answer needs the memory now.
            request.close();
            long answering = System.nanoTime();
            response.send(work.writer().apply(result.outputs()));
            long written = System.nanoTime() - answering;
            // Before the caller learns that the answer is whole: who asks for the measures next sees it counted.
            lease.statistics().answered(1, waited, result.gatherNanos(), result.computeNanos(), written);
            lease.statistics().ran(1, 1, result.gatherNanos(), result.computeNanos(), written);
        } catch (OutOfMemoryError e) {
            fail(lease, new ServiceException(InferenceReason.MEMORY_EXHAUSTED, "too little memory for the tensors"));
            return;
        } catch (Throwable failure) {
            // Whatever it was, the caller waits for an answer.
            fail(lease, failure);
            return;
        } finally {
            running.end();
        }
        lease.close();
        response.complete();
        span.end();
    }

    private void fail(SessionLease lease, Throwable failure) {
        StatusException status = status(failure);
        lease.statistics().failed(FailureKind.of(status.getStatus().getCode()), System.nanoTime() - begin);
        lease.close();
        answer(status);
    }

    private StatusException status(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        try (Scope _ = trace.makeCurrent()) {
            return StatusMapper.toStatus(cause);
        }
    }

    private void answer(StatusException status) {
        try (Scope _ = trace.makeCurrent()) {
            span.setStatus(StatusCode.ERROR, status.getStatus().getCode().name());
            request.close();
            response.fail(status);
        } finally {
            span.end();
        }
    }
}
