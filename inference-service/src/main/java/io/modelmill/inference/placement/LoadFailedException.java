package io.modelmill.inference.placement;

import io.modelmill.inference.model.InferenceReason;

/** Why a version could not be loaded, in words that a caller may see. */
public final class LoadFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final InferenceReason reason;

    public LoadFailedException(String message) {
        super(message);
        this.reason = InferenceReason.VERSION_NOT_LOADED;
    }

    public LoadFailedException(String message, Throwable cause) {
        super(message, cause);
        this.reason = InferenceReason.VERSION_NOT_LOADED;
    }

    private LoadFailedException(InferenceReason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** The version is not loaded for what it did before. */
    static LoadFailedException quarantined(String why) {
        return new LoadFailedException(
                InferenceReason.VERSION_QUARANTINED, "it is in quarantine on this replica: " + why);
    }

    /** What callers are told. */
    InferenceReason reason() {
        return reason;
    }
}
