package io.modelmill.inference.protocol;

/**
 * Where the answer to one request goes.
 *
 * @param <A> answer
 */
interface Reply<A> {
    /** Calls the action once the caller has gone; at once if it has gone already. */
    void onCancel(Runnable action);

    /**
     * Sends the answer, for {@link #complete} to end the request. The message is copied into the transport's buffers before
     * this returns.
     *
     * @throws io.modelmill.servicekit.error.ServiceException if there is no room for it; the request is not answered then
     */
    void send(A message);

    /** Ends the request after its answer was sent. */
    void complete();

    /** Ends the request with what the failure means to the caller; does nothing if it was answered. */
    void fail(Throwable failure);
}
