package io.modelmill.gateway.usage;

/** An event says nothing that can be used, however often it is read. */
final class UnusableEventException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableEventException(String reason) {
        super(reason);
    }
}
