package io.modelmill.fleet.installation;

/** Something that whoever runs the fleet must see to; the message says what, and needs no stack trace. */
public final class FleetException extends RuntimeException {
    public FleetException(String message) {
        super(message);
    }

    public FleetException(String message, Throwable cause) {
        super(message, cause);
    }
}
