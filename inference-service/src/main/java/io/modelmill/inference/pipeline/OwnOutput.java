package io.modelmill.inference.pipeline;

import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.OutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The graph's own output for the texts of one request, its rows in the order of the texts. */
final class OwnOutput implements TextAnswers {
    private final TensorSpec spec;
    /** [texts, the output's other axes]. */
    private final List<Long> shape;

    private final int rowBytes;
    private final ByteBuffer values;

    /** @param spec whose axes behind the first are all known */
    OwnOutput(TensorSpec spec, int texts) {
        this.spec = spec;
        this.shape = new ArrayList<>(spec.shape());
        shape.set(0, (long) texts);
        this.rowBytes = Math.toIntExact(
                spec.shape().stream().skip(1).reduce((long) spec.datatype().elementBytes(), Math::multiplyExact));
        this.values = ByteBuffer.allocate(Math.multiplyExact(texts, rowBytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public synchronized void take(TokenBatch batch, OutputTensor output) {
        int rows = batch.rows().size();
        List<Long> expected = new ArrayList<>(shape);
        expected.set(0, (long) rows);
        if (!(output instanceof OutputTensor.Elements elements)
                || output.datatype() != spec.datatype()
                || !output.shape().equals(expected)) {
            throw new IllegalStateException(output.name() + ": " + output.datatype() + " " + output.shape()
                    + " (expected: " + spec.datatype() + " " + expected + ")");
        }
        ByteBuffer answered = elements.elements();
        for (int row = 0; row < rows; row++) {
            values.put(batch.rows().get(row) * rowBytes, answered, answered.position() + row * rowBytes, rowBytes);
        }
    }

    @Override
    public synchronized OutputTensor tensor() {
        return new OutputTensor.Elements(spec.name(), spec.datatype(), List.copyOf(shape), values);
    }
}
