package io.modelmill.inference.placement;

import io.modelmill.inference.session.UseCount;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A loaded version's stay in memory: who uses it, how it was used, and the room that it takes until it is closed. */
final class Residence {
    private final MemoryBudget.Room room;
    private final Usage usage;
    private final LongSupplier nanoClock;
    private final UseCount uses;
    private final Runnable close;
    private volatile @Nullable BooleanSupplier eviction;

    /**
     * @param room freed once it is closed
     * @param usage of the version, which outlives its residences
     * @param close called once, when it is retired and the last user has gone
     */
    Residence(MemoryBudget.Room room, Usage usage, LongSupplier nanoClock, Runnable close) {
        this.room = room;
        this.usage = usage;
        this.nanoClock = nanoClock;
        this.close = close;
        this.uses = new UseCount(this::closeNow);
    }

    /** Takes the right to use it until {@link #release}; false once it is retired. */
    boolean acquire() {
        if (!uses.acquire()) {
            return false;
        }
        usage.touch(nanoClock.getAsLong());
        return true;
    }

    /** As {@link #acquire}, but it does not count as a use. */
    boolean hold() {
        return uses.acquire();
    }

    /** Ends one successful {@link #acquire} or {@link #hold}. */
    void release() {
        uses.release();
    }

    /** Lets no new user in and closes it when the last has gone. */
    void retire() {
        uses.retire();
    }

    /** Retires it if nobody uses it; whoever hears true calls {@link #closeNow}, when it holds no lock. */
    boolean retireIfUnused() {
        return uses.retireIfUnused();
    }

    void closeNow() {
        try {
            close.run();
        } finally {
            room.free();
        }
    }

    /**
     * It has its place and may be let go.
     *
     * @param eviction takes it out of its place and closes it if nobody uses it; tells whether it did
     */
    void settle(BooleanSupplier eviction) {
        this.eviction = eviction;
        room.settle(this);
    }

    /** Lets it go if nobody uses it and it has its place; tells whether it did. */
    boolean evict() {
        BooleanSupplier found = eviction;
        return found != null && found.getAsBoolean();
    }

    boolean isUsed() {
        return uses.isUsed();
    }

    Usage usage() {
        return usage;
    }

    long bytes() {
        return room.bytes();
    }
}
