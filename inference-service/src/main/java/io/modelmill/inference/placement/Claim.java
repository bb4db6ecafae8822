package io.modelmill.inference.placement;

import java.util.function.LongSupplier;

/**
 * What a version brings to its load.
 *
 * @param room in memory
 * @param usage of it so far
 */
record Claim(MemoryBudget.Room room, Usage usage, LongSupplier nanoClock) {
    /** The loaded version's stay; frees the room when it ends. */
    Residence residence(Runnable close) {
        return new Residence(room, usage, nanoClock, close);
    }
}
