package io.modelmill.inference.placement;

/** Why a version could not be loaded, in words that a caller may see. */
public final class LoadFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    public LoadFailedException(String message) {
        super(message);
    }

    public LoadFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
