package io.modelmill.registry.serving;

/**
 * A version that replicas must refuse.
 *
 * @param reason what was seen of it
 */
public record QuarantinedVersion(long number, String reason) {}
