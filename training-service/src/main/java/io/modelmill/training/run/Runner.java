package io.modelmill.training.run;

import io.modelmill.training.job.Job;
import io.modelmill.training.resource.Room;
import java.io.IOException;
import java.util.Optional;

/**
 * Starts workers somewhere and sees them end. A worker that dies before it reported is told to the job at once; a runner
 * that cannot see it leaves that to the lease.
 */
public interface Runner {
    /** The same after a restart, so that the runner finds its workers again. */
    String id();

    /** What there is room for now. */
    Room room();

    /**
     * Starts a worker for the job's current attempt.
     *
     * @param traceparent of the span that starts it
     * @throws IOException if there will be no worker
     */
    void start(Job job, Optional<String> traceparent) throws IOException;

    /** Finds workers of an earlier life, and ends those whose attempts are over. Called every now and then. */
    void reconcile();

    /** Ends all workers and hands their jobs back, for the shutdown of the service. */
    void stop();
}
