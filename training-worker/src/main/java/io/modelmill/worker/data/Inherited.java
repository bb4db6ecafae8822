package io.modelmill.worker.data;

import java.util.Optional;

/**
 * What rows take over from a version that is measured on them, in place of what they would be given or fitted.
 *
 * @param heldOut rows that did not train it, from 0 in the data set's order
 * @param tokenizer its {@code tokenizer.json}
 */
public record Inherited(Optional<long[]> heldOut, Optional<byte[]> tokenizer) {
    /** Rows of a version that is yet to be made. */
    public static final Inherited NOTHING = new Inherited(Optional.empty(), Optional.empty());
}
