package io.modelmill.worker.train;

import java.time.Duration;

/**
 * How training ended.
 *
 * @param epochs done
 * @param chosenEpoch whose weights the model has
 * @param steps done
 * @param elapsed of this attempt
 */
public record TrainingOutcome(int epochs, int chosenEpoch, long steps, Duration elapsed) {}
