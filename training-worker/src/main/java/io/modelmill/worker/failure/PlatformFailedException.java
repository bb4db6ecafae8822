package io.modelmill.worker.failure;

/** The platform failed the job, not the other way round: another attempt may succeed. */
public final class PlatformFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message for the tenant: the offending and the expected value */
    public PlatformFailedException(String message) {
        super(message);
    }

    /** @param message for the tenant; the cause is for the log only */
    public PlatformFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
