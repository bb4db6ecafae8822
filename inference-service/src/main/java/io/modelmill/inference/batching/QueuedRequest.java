package io.modelmill.inference.batching;

import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request on its way through the scheduler, whose lock guards what changes. */
final class QueuedRequest implements Ticket, TimerTask {
    /** What a request of priority 0 has. */
    static final int DEFAULT_PRIORITY = 5;

    static final int LOWEST_PRIORITY = 10;

    enum State {
        WAITING,
        RUNNING,
        ENDED
    }

    final Batcher batcher;
    final InferenceRequest request;
    final InferenceListener listener;
    /** In the order of the signature. */
    final List<InputTensor> inputs;
    /** At least 1, so that each request has its cost. */
    final int rows;
    /** Whether its rows cannot share a run. */
    final boolean alone;
    /** Length of its padded axis; -1 if it has none. */
    final int length;
    /** Length that its padded axis gets beside others; 0 if it is not padded. */
    final int paddedLength;
    /** Bytes of its inputs, padded. */
    final long bytes;

    final int priority;
    final long arrival;

    /** Number of its arrival. */
    long sequence;

    volatile State state = State.WAITING;

    @Nullable
    TenantQueue tenant;

    @Nullable
    Lane lane;

    @Nullable
    QueuedRequest previous;

    @Nullable
    QueuedRequest next;

    @Nullable
    Batch batch;
    /** Why nobody waits for the answer of the run any more. */
    volatile @Nullable RuntimeException abandoned;

    private volatile @Nullable Timeout timeout;

    QueuedRequest(
            Batcher batcher,
            InferenceRequest request,
            InferenceListener listener,
            List<InputTensor> inputs,
            int rows,
            boolean alone,
            int length,
            int paddedLength,
            long arrival) {
        this.batcher = batcher;
        this.request = request;
        this.listener = listener;
        this.inputs = inputs;
        this.rows = rows;
        this.alone = alone;
        this.length = length;
        this.paddedLength = paddedLength;
        this.bytes = BatchInputs.bytes(this);
        this.priority =
                request.priority() <= 0 ? DEFAULT_PRIORITY : (int) Math.min(request.priority(), LOWEST_PRIORITY);
        this.arrival = arrival;
    }

    boolean hasDeadline() {
        return request.deadlineNanos() != InferenceRequest.NO_DEADLINE;
    }

    boolean isExpired(long now) {
        return hasDeadline() && request.deadlineNanos() - now <= 0;
    }

    /** Whether it goes first within its tenant. */
    boolean isBefore(QueuedRequest other) {
        return priority != other.priority ? priority < other.priority : sequence < other.sequence;
    }

    @Override
    public void cancel() {
        batcher.scheduler().abandon(this, Refusals.cancelled());
    }

    /** The deadline has passed. */
    @Override
    public void run(Timeout passed) {
        batcher.scheduler().abandon(this, Refusals.expired());
    }

    /** Sets what {@link #run(Timeout)} is called by. */
    void timeout(Timeout running) {
        timeout = running;
        if (state == State.ENDED) {
            running.cancel();
        }
    }

    /** Tells the listener; it has ended before, which no second thread can make it do. */
    void answer(List<OutputTensor> outputs, RunTimes times) {
        stopTimeout();
        listener.answered(outputs, times);
    }

    /** Tells the listener; it has ended before, which no second thread can make it do. */
    void fail(Throwable failure) {
        stopTimeout();
        listener.failed(failure);
    }

    private void stopTimeout() {
        Timeout running = timeout;
        if (running != null) {
            running.cancel();
        }
    }
}
