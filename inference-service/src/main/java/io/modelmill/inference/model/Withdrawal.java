package io.modelmill.inference.model;

/**
 * Why a version that is there must not answer.
 *
 * @param kind what its callers are told
 * @param reason in words that they may see
 */
public record Withdrawal(InferenceReason kind, String reason) {
    /**
     * Whether what waits for the version or runs is refused, too. What was let in before a version was merely unloaded is
     * answered.
     */
    public boolean isImmediate() {
        return kind != InferenceReason.VERSION_WITHDRAWN;
    }
}
