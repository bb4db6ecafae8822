package io.modelmill.worker.failure;

/** The job itself cannot succeed: its data, its network or its settings are at fault, and a retry cannot help. */
public final class JobFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message for the tenant: the offending and the expected value */
    public JobFailedException(String message) {
        super(message);
    }
}
