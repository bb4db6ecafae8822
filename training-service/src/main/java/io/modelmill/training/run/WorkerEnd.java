package io.modelmill.training.run;

import io.modelmill.training.job.Happening;

/**
 * What a runner saw of a worker that ended without telling how, as what happens to its job. Every runner tells causes apart
 * here; if the attempt is over already, nothing follows.
 */
public final class WorkerEnd {
    private WorkerEnd() {}

    /** Its process ended. */
    public static Happening exited(int exitCode) {
        return lost("the worker ended with exit code " + exitCode);
    }

    /** It needed more memory than it may use, and was killed for that. */
    public static Happening outOfMemory() {
        return new Happening.OutOfMemory("the worker was killed for its memory");
    }

    /** Its place was taken away, for no fault of its own. */
    public static Happening displaced(String reason) {
        return new Happening.Interrupted(reason);
    }

    /** It is no more, or never was; what failed is the platform. */
    public static Happening lost(String reason) {
        return new Happening.PlatformFault(reason, false);
    }
}
