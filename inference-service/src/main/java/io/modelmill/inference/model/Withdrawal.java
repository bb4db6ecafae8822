package io.modelmill.inference.model;

/**
 * Why a version that is there must not answer.
 *
 * @param kind what its callers are told
 * @param reason in words that they may see
 */
public record Withdrawal(InferenceReason kind, String reason) {}
