package io.modelmill.training.resource;

/**
 * What a runner has room for.
 *
 * @param workers how many more it may start
 * @param capacity what all of its workers may use together; a worker of more cores gets all that there are, for it would
 *     only be slower, but one of more memory or GPUs is never started here
 * @param free the part of the capacity that no worker has
 */
public record Room(int workers, Resources capacity, Resources free) {
    /** No room. */
    public static final Room NONE = new Room(0, Resources.NONE, Resources.NONE);

    /** Whether a worker may be started now. */
    public boolean holds(Resources worker) {
        Resources granted = grant(worker);
        return workers > 0
                && granted.cores() <= free.cores()
                && granted.memoryBytes() <= free.memoryBytes()
                && granted.gpus() <= free.gpus();
    }

    /** What a worker gets here. */
    public Resources grant(Resources worker) {
        return new Resources(Math.min(worker.cores(), capacity.cores()), worker.memoryBytes(), worker.gpus());
    }
}
