package io.modelmill.inference.batching;

import io.modelmill.inference.session.OutputTensor;
import io.opentelemetry.api.trace.SpanContext;
import java.util.List;

/** Where the answer to a request goes. Exactly one of the methods that tell it is called, once. */
public interface InferenceListener {
    /** The request's span, for its batch to name; invalid if it has none. */
    default SpanContext span() {
        return SpanContext.getInvalid();
    }

    /**
     * The request's own rows, on the run thread.
     *
     * @param outputs in the order in which they were wanted, valid during this call only
     */
    void answered(List<OutputTensor> outputs, RunTimes times);

    /**
     * No answer.
     *
     * @param failure a {@link io.modelmill.servicekit.error.ServiceException} for what is no fault of ours
     */
    void failed(Throwable failure);
}
