package io.modelmill.registry.garbage;

/** Whoever asked for a collection does not want it any more: the service stops, or the caller has gone. */
final class CollectionStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CollectionStoppedException() {
        super("the collection was stopped", null, false, false);
    }
}
