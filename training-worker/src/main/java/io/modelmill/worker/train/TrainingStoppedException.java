package io.modelmill.worker.train;

/** The run ended early because its {@link TrainingListener} asked for it. */
public final class TrainingStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TrainingStoppedException() {
        super("stopped on request");
    }
}
