package io.modelmill.registry.model;

/**
 * What a piece of work on a model did.
 *
 * @param result the work's answer
 * @param happened false if all was as wanted already, so that no revision is due
 */
public record Change<T>(T result, boolean happened) {
    /** Something changed. */
    public static <T> Change<T> to(T result) {
        return new Change<>(result, true);
    }

    /** Nothing changed. */
    public static <T> Change<T> none(T result) {
        return new Change<>(result, false);
    }
}
