package io.modelmill.registry.artifact;

import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Room for chunks that calls hold in memory while they wait for the disk: however many callers there are, the heap lasts. Who
 * finds none is sent away, for who waited would hold his chunk.
 */
final class ChunkRoom {
    /** A chunk of 4 MiB, and what is made of it on its way, takes far less. */
    private static final long HEAP_FOR_EACH = 64L << 20;

    private static final Duration RETRY_AFTER = Duration.ofMillis(200);

    private final int places;
    private final Semaphore free;

    private ChunkRoom(int places) {
        this.places = places;
        this.free = new Semaphore(places);
    }

    /** As many places as a heap of this size has room for. */
    static ChunkRoom of(long heapBytes) {
        return new ChunkRoom(Math.toIntExact(Math.max(1, Math.min(heapBytes / HEAP_FOR_EACH, Integer.MAX_VALUE))));
    }

    /**
     * Takes a place until the answer is closed.
     *
     * @throws ServiceException RESOURCE_EXHAUSTED if none is free
     */
    Place enter() {
        if (!free.tryAcquire()) {
            throw new ServiceException(
                    RegistryReason.TOO_MANY_CHUNKS,
                    "this replica is writing " + places + " chunks, as many as its memory has room for",
                    List.of(),
                    Optional.of(RETRY_AFTER));
        }
        return free::release;
    }

    /** One chunk's place. */
    @FunctionalInterface
    interface Place extends AutoCloseable {
        @Override
        void close();
    }
}
