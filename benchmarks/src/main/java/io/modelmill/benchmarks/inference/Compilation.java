package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.load.LoadResult;
import io.modelmill.benchmarks.load.Saturation;
import io.modelmill.benchmarks.load.Target;
import io.modelmill.benchmarks.machine.ProcessUsage;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Load until a server's compilers have done their work, however long other programs let them take: its processor time for
 * a call no longer falls then.
 *
 * @param callers who each call again when they are answered
 * @param slice after which the processor time is looked at
 * @param most slices
 */
record Compilation(int callers, Duration slice, int most) {
    private static final double STILL_FALLING = 0.95;
    private static final int STEADY = 2;

    /** Returns when the server is as fast as it gets, or not faster after all slices. */
    void await(Target target, Supplier<ProcessUsage> server) throws InterruptedException {
        double best = Double.POSITIVE_INFINITY;
        int steady = 0;
        Saturation load = new Saturation(callers, Duration.ZERO, slice);
        for (int i = 0; i < most && steady < STEADY; i++) {
            Duration before = server.get().processorTime();
            LoadResult result = load.run(target);
            double calls = Math.max(1, result.answered().getTotalCount());
            double each = server.get().processorTime().minus(before).toNanos() / calls;
            steady = each < best * STILL_FALLING ? 0 : steady + 1;
            best = Math.min(best, each);
        }
    }
}
