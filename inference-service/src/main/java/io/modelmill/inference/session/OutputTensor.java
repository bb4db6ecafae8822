package io.modelmill.inference.session;

import io.modelmill.inference.model.Datatype;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** One output of a run. */
public sealed interface OutputTensor {
    String name();

    Datatype datatype();

    /** Axes, all known. */
    List<Long> shape();

    /**
     * Some of the rows, which lie along the first axis. Values are shared, not copied.
     *
     * @throws IllegalArgumentException if there are no such rows
     */
    OutputTensor rows(int first, int count);

    /**
     * Values of fixed size.
     *
     * @param elements little-endian and row-major, from position to limit, valid as long as the {@link RunResult}; its
     *     reader must not move them
     */
    record Elements(String name, Datatype datatype, List<Long> shape, ByteBuffer elements) implements OutputTensor {
        @Override
        public Elements rows(int first, int count) {
            int rows = requireRows(this, first, count);
            int rowBytes = rows == 0 ? 0 : elements.remaining() / rows;
            ByteBuffer values = elements.slice(elements.position() + first * rowBytes, count * rowBytes)
                    .order(ByteOrder.LITTLE_ENDIAN);
            return new Elements(name, datatype, shapeOf(this, count), values);
        }
    }

    /** Texts, row-major. */
    record Texts(String name, List<Long> shape, List<String> values) implements OutputTensor {
        @Override
        public Datatype datatype() {
            return Datatype.BYTES;
        }

        @Override
        public Texts rows(int first, int count) {
            int rows = requireRows(this, first, count);
            int rowTexts = rows == 0 ? 0 : values.size() / rows;
            return new Texts(name, shapeOf(this, count), values.subList(first * rowTexts, (first + count) * rowTexts));
        }
    }

    private static int requireRows(OutputTensor output, int first, int count) {
        List<Long> shape = output.shape();
        long rows = shape.isEmpty() ? -1 : shape.getFirst();
        if (first < 0 || count < 0 || first + (long) count > rows) {
            throw new IllegalArgumentException(output.name() + " " + shape + ": rows " + first + " to "
                    + (first + (long) count) + " (expected: some of its rows)");
        }
        return Math.toIntExact(rows);
    }

    private static List<Long> shapeOf(OutputTensor output, int rows) {
        List<Long> shape = new ArrayList<>(output.shape());
        shape.set(0, (long) rows);
        return List.copyOf(shape);
    }
}
