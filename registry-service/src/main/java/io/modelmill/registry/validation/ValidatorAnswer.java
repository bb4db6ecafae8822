package io.modelmill.registry.validation;

/** What a validator made of a version. */
sealed interface ValidatorAnswer {
    /** It said what it found. */
    record Reported(ValidationReport report) implements ValidatorAnswer {}

    /**
     * It is gone, and said nothing.
     *
     * @param reason one line for the tenant
     */
    record Gone(Cause cause, String reason) implements ValidatorAnswer {}

    /** Why a validator is gone; the name in lower case is the metric's. */
    enum Cause {
        /** A signal of its own making, an exit, or words that are no report. */
        CRASHED,
        /** The version took too long. */
        TIMEOUT,
        /** The version took too much memory. */
        MEMORY,
        /** A signal that others send: an operator's, or the kernel's when the machine is out of memory. */
        KILLED
    }
}
