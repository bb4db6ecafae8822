package io.modelmill.benchmarks.runner;

/**
 * What came of the runs.
 *
 * @param runsPerSecond of one thread
 * @param medianNanos of a run
 * @param tailNanos that 99 of 100 runs stayed under
 * @param processorNanos of the thread, for a run: what others take from the processor is not in it
 * @param pinned whether the outputs lay in memory given beforehand
 */
public record RunOutcome(
        double runsPerSecond, double medianNanos, double tailNanos, double processorNanos, boolean pinned) {}
