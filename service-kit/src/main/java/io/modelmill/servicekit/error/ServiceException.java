package io.modelmill.servicekit.error;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A failure that the caller may see. Its message holds no secret and no internals. */
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ErrorReason reason;
    private final transient List<FieldViolation> violations;
    private final transient Optional<Duration> retryAfter;

    public ServiceException(ErrorReason reason, String message) {
        this(reason, message, List.of(), Optional.empty());
    }

    /**
     * @param violations the wrong fields, for INVALID_ARGUMENT
     * @param retryAfter when trying again may help, for back-pressure: such a failure has no stack trace, for whoever has
     *     too much to do has no time for what nobody reads
     */
    public ServiceException(
            ErrorReason reason, String message, List<FieldViolation> violations, Optional<Duration> retryAfter) {
        super(message, null, true, retryAfter.isEmpty());
        this.reason = reason;
        this.violations = List.copyOf(violations);
        this.retryAfter = retryAfter;
    }

    /** The resource is not there for this caller. */
    public static ServiceException notFound(String resourceName) {
        return new ServiceException(CommonReason.RESOURCE_NOT_FOUND, "not found: \"" + resourceName + "\"");
    }

    public ErrorReason reason() {
        return reason;
    }

    public List<FieldViolation> violations() {
        return violations;
    }

    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
