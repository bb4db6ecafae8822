package io.modelmill.inference.session;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/** Values of an input, row-major. */
public sealed interface TensorContent {
    /**
     * Values of fixed size, still where they came from.
     *
     * @param byteCount of all values
     * @param writer puts all of them into a little-endian buffer of that size, which holds values of another run before;
     *     called once a run, on its thread
     */
    record Elements(int byteCount, Consumer<ByteBuffer> writer) implements TensorContent {}

    /** Texts of any length. */
    record Texts(List<String> values) implements TensorContent {
        public Texts {
            values = List.copyOf(values);
        }
    }
}
