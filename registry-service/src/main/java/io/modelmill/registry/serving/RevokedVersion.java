package io.modelmill.registry.serving;

/**
 * A version that was withdrawn for good.
 *
 * @param reason for all who call it
 */
public record RevokedVersion(long number, String reason) {}
