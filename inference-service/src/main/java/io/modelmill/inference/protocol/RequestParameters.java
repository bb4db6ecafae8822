package io.modelmill.inference.protocol;

import io.grpc.Deadline;
import io.modelmill.inference.batching.InferenceRequest;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks of the queue.
 *
 * @param priority 1 is the highest; 0 is the model's default
 * @param timeoutNanos time after which the answer is worthless; 0 for none
 */
record RequestParameters(long priority, long timeoutNanos) {
    static final RequestParameters NONE = new RequestParameters(0, 0);

    /**
     * When the answer is worthless, by the caller's timeout or its call's deadline, whichever comes first.
     *
     * @param call null for none
     * @param now {@link System#nanoTime}
     */
    long deadlineNanos(@Nullable Deadline call, long now) {
        long left = call == null ? Long.MAX_VALUE : call.timeRemaining(TimeUnit.NANOSECONDS);
        if (timeoutNanos > 0) {
            left = Math.min(left, timeoutNanos);
        }
        // What is too far for the clock is never.
        return left > Long.MAX_VALUE - Math.max(now, 0) ? InferenceRequest.NO_DEADLINE : now + left;
    }
}
