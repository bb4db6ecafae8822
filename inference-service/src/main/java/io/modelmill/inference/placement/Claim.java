package io.modelmill.inference.placement;

import io.modelmill.inference.session.GraphRunner;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * What a version brings to its load.
 *
 * @param room in memory
 * @param usage of it so far
 * @param watch puts its runs where they are noted
 */
record Claim(MemoryBudget.Room room, Usage usage, LongSupplier nanoClock, UnaryOperator<GraphRunner> watch) {
    /** The loaded version's stay; frees the room when it ends. */
    Residence residence(Runnable close) {
        return new Residence(room, usage, nanoClock, close);
    }
}
