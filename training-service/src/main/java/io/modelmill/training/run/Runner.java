package io.modelmill.training.run;

import io.modelmill.training.job.Job;
import io.modelmill.training.resource.Room;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Starts workers somewhere and sees them end. A worker that dies before it reported is told to the job at once, as
 * {@link WorkerEnd} has it; a runner that cannot see it leaves that to the lease.
 */
public interface Runner {
    /** The same after a restart and for all replicas that see the same workers, so that those are found again. */
    String id();

    /** What there is room for now. */
    Room room();

    /** Does work that takes of the room, while no other replica with the same workers does. */
    default <T> T inRoom(Function<Room, T> work) {
        return work.apply(room());
    }

    /** Has this called whenever a place became free that the end of its attempt had not freed yet. */
    default void onRoom(Runnable freed) {}

    /**
     * Starts a worker for the job's current attempt, or has it started. Done twice for one attempt, it starts one worker.
     *
     * @param traceparent of the span that starts it
     * @throws IOException if there will be no worker
     */
    void start(Job job, Optional<String> traceparent) throws IOException;

    /**
     * Compares the open attempts with the workers, finding those of an earlier life, and ends workers whose attempts are
     * over. Called every now and then; throws nothing because workers cannot be seen for a while.
     */
    void reconcile();

    /** Ends workers that cannot live without this process and hands their jobs back, for the shutdown of the service. */
    void stop();
}
