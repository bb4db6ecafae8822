package io.modelmill.worker.network;

/** What a layer makes of the steps of its input, so that those behind it know which steps are real. */
public sealed interface StepChange {
    /** The output has the same steps. */
    StepChange KEPT = new Kept();

    /** The output has no steps any more. */
    StepChange GONE = new Gone();

    record Kept() implements StepChange {}

    record Gone() implements StepChange {}

    /** The output has a step for each window; a row that is shorter than a window is one window with zeros behind it. */
    record Windows(long length, long stride) implements StepChange {}
}
