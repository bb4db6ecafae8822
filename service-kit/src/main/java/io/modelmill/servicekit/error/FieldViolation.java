package io.modelmill.servicekit.error;

/**
 * One wrong field of a request.
 *
 * @param field path in the request, such as {@code training_job.spec.epochs}
 * @param description the offending and the expected value, such as {@code -1 (expected: 1 to 10000)}
 */
public record FieldViolation(String field, String description) {}
