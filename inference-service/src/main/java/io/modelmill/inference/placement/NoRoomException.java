package io.modelmill.inference.placement;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Nothing could be let go to make room for a version: its load has not failed, it has not begun. */
final class NoRoomException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final Duration RETRY_AFTER = Duration.ofMillis(500);

    NoRoomException(String message) {
        super(message);
    }

    /** What callers get who wait for the version. */
    ServiceException toServiceException() {
        return new ServiceException(
                InferenceReason.NO_ROOM, String.valueOf(getMessage()), List.of(), Optional.of(RETRY_AFTER));
    }
}
