package io.modelmill.inference.protocol;

import com.google.protobuf.MessageLite;
import io.grpc.Context;
import io.grpc.StatusException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.batching.InferenceListener;
import io.modelmill.inference.batching.InferenceRequest;
import io.modelmill.inference.batching.RunTimes;
import io.modelmill.inference.batching.Ticket;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.placement.SessionLease;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.statistics.FailureKind;
import io.modelmill.servicekit.error.StatusMapper;
import io.modelmill.servicekit.security.Caller;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way from the event loop through the queue to a run thread. Whatever happens, it is answered once, its
 * request is closed and its lease ends. If its call is recorded its span is a child of the call's, with the wait and the run
 * as children.
 *
 * @param <A> answer
 */
final class Prediction<A extends MessageLite> {
    private final Reply<A> response;
    private final WireMessage<?> request;
    private final MeterRegistry meters;
    private final Tracer tracer;
    private final long begin = System.nanoTime();
    private final Context call = Context.current();
    private final Optional<String> tenant = Caller.known().flatMap(Caller::tenant);
    private final Span span;
    private final io.opentelemetry.context.Context trace;

    /** Begins on the thread of the call, in its contexts. */
    Prediction(Reply<A> response, WireMessage<?> request, MeterRegistry meters, Tracer tracer) {
        this.response = response;
        this.request = request;
        this.meters = meters;
        this.tracer = tracer;
        io.opentelemetry.context.Context parent = CallTrace.current();
        if (Span.fromContext(parent).isRecording()) {
            this.span = tracer.spanBuilder("inference").setParent(parent).startSpan();
            this.trace = parent.with(span);
        } else {
            this.span = Span.getInvalid();
            this.trace = parent;
        }
    }

    /** The prediction's span; an invalid one if its call is not recorded. */
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
     * Queues the run.
     *
     * @param lease ends with this prediction
     * @param read reads and checks the request at once
     * @param write makes the answer of it and the outputs, on a run thread
     */
    void queue(
            SessionLease lease,
            Supplier<InferenceInput> read,
            BiFunction<InferenceInput, List<OutputTensor>, A> write) {
        lease.statistics().requested();
        if (span.isRecording()) {
            span.setAttribute("modelmill.model", lease.model().resourceName())
                    .setAttribute("modelmill.version", lease.version().number());
        }
        try {
            InferenceInput input = read.get();
            Ticket ticket = lease.submit(
                    new InferenceRequest(
                            tenant.orElse(lease.model().tenant()),
                            input.inputs(),
                            input.outputNames(),
                            input.parameters().priority(),
                            input.parameters().deadlineNanos(call.getDeadline(), System.nanoTime())),
                    new Answering(lease, input, write));
            response.onCancel(ticket::cancel);
        } catch (RuntimeException failure) {
            fail(lease, failure);
        }
    }

    /** Answers from the run thread. */
    private final class Answering implements InferenceListener {
        private final SessionLease lease;
        private final InferenceInput input;
        private final BiFunction<InferenceInput, List<OutputTensor>, A> write;
        private final @Nullable Instant submitted = span.isRecording() ? Instant.now() : null;

        Answering(SessionLease lease, InferenceInput input, BiFunction<InferenceInput, List<OutputTensor>, A> write) {
            this.lease = lease;
            this.input = input;
            this.write = write;
        }

        @Override
        public SpanContext span() {
            return span.getSpanContext();
        }

        @Override
        public void answered(List<OutputTensor> outputs, RunTimes times) {
            if (submitted != null) {
                Instant began = submitted.plusNanos(times.queue());
                spanOf("queue", submitted, began);
                spanOf("run", began, began.plusNanos(times.gather() + times.compute()));
            }
            // The answer needs the memory now.
            request.close();
            try (Scope _ = trace.makeCurrent()) {
                long answering = System.nanoTime();
                response.send(write.apply(input, outputs));
                long written = System.nanoTime() - answering;
                // Before the caller learns that the answer is whole: who asks for the measures next sees it counted.
                lease.statistics().answered(rows(), times.queue(), times.gather(), times.compute(), written);
            } catch (RuntimeException | OutOfMemoryError failure) {
                fail(lease, failure);
                return;
            }
            lease.close();
            response.complete();
            span.end();
        }

        @Override
        public void failed(Throwable failure) {
            fail(lease, failure);
        }

        private void spanOf(String name, Instant begin, Instant end) {
            tracer.spanBuilder(name)
                    .setParent(trace)
                    .setStartTimestamp(begin)
                    .startSpan()
                    .end(end);
        }

        private int rows() {
            List<TensorSpec> declared = lease.version().signature().inputs();
            if (declared.isEmpty() || declared.getFirst().shape().isEmpty()) {
                return 1;
            }
            return declared.getFirst().shape().getFirst() >= 0
                    ? 1
                    : input.inputs().getFirst().shape().getFirst().intValue();
        }
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
