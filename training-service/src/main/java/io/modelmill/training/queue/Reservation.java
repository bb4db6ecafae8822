package io.modelmill.training.queue;

import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import java.time.Instant;
import java.util.Optional;

/**
 * A place that is kept for a job whose turn came long ago.
 *
 * @param queue of its tenant, with the job at its head
 * @param since when others stopped being started before it
 * @param beside what workers hold that were started since then
 */
record Reservation(TenantQueue queue, WaitingJob job, Instant since, Resources beside) {
    /**
     * Whether another worker leaves the job its place: even if neither it nor any other that was started since then ever ends,
     * the job fits once the workers have ended that were there before.
     */
    boolean admits(Room room, String tenant, Resources worker) {
        Resources all = beside.plus(room.grant(worker)).plus(room.grant(job.resources()));
        Resources capacity = room.capacity();
        return room.workers() > 1
                && all.cores() <= capacity.cores()
                && all.memoryBytes() <= capacity.memoryBytes()
                && all.gpus() <= capacity.gpus()
                && (!tenant.equals(queue.tenant())
                        || queue.quota()
                                .blocks(queue.usage().plus(worker), job.resources())
                                .isEmpty());
    }

    /** The reservation of a job, if it is the next of its tenant's. */
    static Optional<Reservation> of(TenantQueue queue, long key, Instant since, Resources beside) {
        return queue.head().filter(head -> head.key() == key).map(job -> new Reservation(queue, job, since, beside));
    }
}
