package io.modelmill.worker.checkpoint;

/** Bytes that are no checkpoint, or not of this training. */
public final class BadCheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadCheckpointException(String message) {
        super(message);
    }
}
