package io.modelmill.inference.placement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * When and how often a version was used, also before it was last unloaded. A use costs two plain stores: one that races
 * with another may be lost, which an estimate can bear.
 */
final class Usage {
    private static final VarHandle LAST_USE;
    private static final VarHandle USES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LAST_USE = lookup.findVarHandle(Usage.class, "lastUse", long.class);
            USES = lookup.findVarHandle(Usage.class, "uses", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // By its VarHandle.
    private long lastUse;

    @SuppressWarnings("UnusedVariable") // By its VarHandle.
    private long uses;

    private double score;
    private long scoredUses;
    private long scoredAt;

    /** @param now in nanoseconds, as all times here */
    Usage(long now) {
        LAST_USE.setOpaque(this, now);
        this.scoredAt = now;
    }

    /** It is used. */
    void touch(long now) {
        LAST_USE.setOpaque(this, now);
        USES.setOpaque(this, (long) USES.getOpaque(this) + 1);
    }

    /** When it was last used, or first known. */
    long lastUse() {
        return (long) LAST_USE.getOpaque(this);
    }

    /** Uses, each counting half of what it did a half-life before. */
    synchronized double score(long now, long halfLife) {
        long counted = (long) USES.getOpaque(this);
        score = score * Math.pow(2, -(double) (now - scoredAt) / halfLife) + (counted - scoredUses);
        scoredUses = counted;
        scoredAt = now;
        return score;
    }
}
