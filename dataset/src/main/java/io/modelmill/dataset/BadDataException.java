package io.modelmill.dataset;

import java.io.Serial;

/** Files that are not what they are said to be. The message is for who sent them: it names the place, and what is expected. */
public final class BadDataException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    public BadDataException(String message) {
        super(message);
    }
}
