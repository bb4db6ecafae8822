package io.modelmill.inference.session;

import io.modelmill.inference.model.Datatype;
import java.nio.ByteBuffer;
import java.util.List;

/** One output of a run, copied out of ONNX Runtime's memory. */
public sealed interface OutputTensor {
    String name();

    Datatype datatype();

    /** Axes, all known. */
    List<Long> shape();

    /**
     * Values of fixed size.
     *
     * @param elements little-endian and row-major, from position to limit; its reader must not move them
     */
    record Elements(String name, Datatype datatype, List<Long> shape, ByteBuffer elements) implements OutputTensor {}

    /** Texts, row-major. */
    record Texts(String name, List<Long> shape, List<String> values) implements OutputTensor {
        @Override
        public Datatype datatype() {
            return Datatype.BYTES;
        }
    }
}
