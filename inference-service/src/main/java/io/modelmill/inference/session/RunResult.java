package io.modelmill.inference.session;

import java.util.List;

/** Outputs of a run, in memory that is used again once this is closed. */
public interface RunResult extends AutoCloseable {
    /** In the order in which they were wanted. */
    List<OutputTensor> outputs();

    /** Time that the inputs took to get into their place, in nanoseconds. */
    long gatherNanos();

    /** Time of the graph itself, in nanoseconds. */
    long computeNanos();

    @Override
    void close();
}
