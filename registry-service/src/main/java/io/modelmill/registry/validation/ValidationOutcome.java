package io.modelmill.registry.validation;

/** What the validation of a version found. */
public sealed interface ValidationOutcome {
    /** The version can be served. */
    record Accepted(ModelSignature signature) implements ValidationOutcome {}

    /**
     * The version cannot be served.
     *
     * @param reason one line for the tenant
     */
    record Refused(String reason) implements ValidationOutcome {}
}
