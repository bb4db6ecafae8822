package io.modelmill.inference.placement;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What loaded versions may take of this replica's memory. Room is taken before a load, by letting others go if need be,
 * and freed when the session is closed. All sizes are bytes.
 */
final class MemoryBudget {
    /** How long a load waits for versions that are in use at this very moment. */
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private static final Duration LOOK = Duration.ofMillis(2);

    private final long limit;
    private final LongSupplier nanoClock;
    private final EvictionOrder order;
    private final Set<Residence> residents = ConcurrentHashMap.newKeySet();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong evictions = new AtomicLong();
    private final AtomicInteger open = new AtomicInteger();
    /** One chooses at a time, so that two loads never let go of more than they need. */
    private final ReentrantLock evicting = new ReentrantLock();

    /**
     * @param limit of all loaded versions together
     * @param protectedFor how long a version's use keeps it from being let go for one that is called once
     * @param nanoClock that uses are timed on
     */
    MemoryBudget(long limit, Duration protectedFor, LongSupplier nanoClock) {
        if (limit <= 0) {
            throw new IllegalArgumentException("modelmill.placement.memory-budget: " + limit + " (expected: > 0)");
        }
        this.limit = limit;
        this.nanoClock = nanoClock;
        this.order = new EvictionOrder(protectedFor);
    }

    long limit() {
        return limit;
    }

    /** Of loaded versions and of loads that run. */
    long taken() {
        return taken.get();
    }

    /** Rooms that are not free: of loaded versions, of those that are not closed yet, and of loads that run. */
    int open() {
        return open.get();
    }

    /** Versions that were let go to make room. */
    long evictions() {
        return evictions.get();
    }

    /** Takes room if it is there. */
    Optional<Room> tryTake(long bytes) {
        long before = taken.get();
        while (before + bytes <= limit) {
            if (taken.compareAndSet(before, before + bytes)) {
                return Optional.of(new Room(bytes));
            }
            before = taken.get();
        }
        return Optional.empty();
    }

    /**
     * Takes room and lets others go for it. Must be called on a thread that may wait and holds no lock: sessions close on it.
     *
     * @throws LoadFailedException if it is more than the whole budget
     * @throws NoRoomException if too little can be let go now
     */
    Room take(long bytes) throws LoadFailedException, NoRoomException, InterruptedException {
        if (bytes > limit) {
            throw new LoadFailedException("it needs about " + bytes + " bytes of memory (expected: at most " + limit
                    + ", which all loaded versions may take together)");
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        Optional<Room> room = tryTake(bytes);
        while (room.isEmpty()) {
            if (!makeRoom(bytes)) {
                if (System.nanoTime() - end >= 0) {
                    throw new NoRoomException(
                            "the versions that are in use leave no memory for another one on this replica");
                }
                TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
            }
            room = tryTake(bytes);
        }
        return room.get();
    }

    /** Lets versions go until no more than the limit is taken, as far as that can be done now. */
    void shrink() {
        makeRoom(0);
    }

    /** Whether there may be room now. */
    private boolean makeRoom(long bytes) {
        evicting.lock();
        try {
            long missing = taken.get() + bytes - limit;
            if (missing <= 0) {
                return true;
            }
            List<Residence> chosen = order.choose(residents, missing, nanoClock.getAsLong());
            boolean all = !chosen.isEmpty();
            for (Residence residence : chosen) {
                if (residence.evict()) {
                    evictions.incrementAndGet();
                } else {
                    all = false;
                }
            }
            return all;
        } finally {
            evicting.unlock();
        }
    }

    /** Memory that is spoken for. */
    final class Room {
        private final AtomicBoolean freed = new AtomicBoolean();
        private volatile long bytes;
        private volatile @Nullable Residence resident;

        private Room(long bytes) {
            this.bytes = bytes;
            open.incrementAndGet();
        }

        long bytes() {
            return bytes;
        }

        /** The version that it was taken for has its place: it may be let go from now on. */
        void settle(Residence residence) {
            resident = residence;
            residents.add(residence);
        }

        /** What it is after all; may go beyond the limit, for the memory is taken already. */
        void resize(long measured) {
            taken.addAndGet(measured - bytes);
            bytes = measured;
        }

        /** Doing it again changes nothing. */
        void free() {
            if (freed.compareAndSet(false, true)) {
                Residence gone = resident;
                if (gone != null) {
                    residents.remove(gone);
                }
                taken.addAndGet(-bytes);
                open.decrementAndGet();
            }
        }
    }
}
