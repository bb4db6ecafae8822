package io.modelmill.inference.batching;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.OutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Outputs that outlive their run, to be compared with those of another. */
final class OutputCopy {
    private static final double TOLERANCE = 1e-4;
    /** Ten and eight bits of precision. */
    private static final double HALF_TOLERANCE = 1e-2;

    private static final double ABSOLUTE = 1e-5;

    private OutputCopy() {}

    static List<OutputTensor> of(List<OutputTensor> outputs) {
        List<OutputTensor> copies = new ArrayList<>();
        for (OutputTensor output : outputs) {
            copies.add(
                    switch (output) {
                        case OutputTensor.Elements elements -> {
                            ByteBuffer values = elements.elements().duplicate();
                            ByteBuffer copy = ByteBuffer.allocate(values.remaining())
                                    .put(values)
                                    .flip()
                                    .order(ByteOrder.LITTLE_ENDIAN);
                            yield new OutputTensor.Elements(
                                    elements.name(), elements.datatype(), elements.shape(), copy);
                        }
                        case OutputTensor.Texts texts ->
                            new OutputTensor.Texts(texts.name(), texts.shape(), List.copyOf(texts.values()));
                    });
        }
        return copies;
    }

    /** Whether two outputs say the same, floats within what another order of adding changes. */
    static boolean areClose(OutputTensor one, OutputTensor other) {
        if (!one.shape().equals(other.shape()) || one.datatype() != other.datatype()) {
            return false;
        }
        if (!(one instanceof OutputTensor.Elements left) || !(other instanceof OutputTensor.Elements right)) {
            return one.equals(other);
        }
        ByteBuffer a = left.elements().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer b = right.elements().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        Datatype datatype = one.datatype();
        double tolerance = datatype == Datatype.FP16 || datatype == Datatype.BF16 ? HALF_TOLERANCE : TOLERANCE;
        return switch (datatype) {
            case FP16, BF16, FP32, FP64 -> {
                boolean close = a.remaining() == b.remaining();
                while (close && a.hasRemaining()) {
                    close = isClose(next(a, datatype), next(b, datatype), tolerance);
                }
                yield close;
            }
            default -> a.equals(b);
        };
    }

    private static double next(ByteBuffer values, Datatype datatype) {
        return switch (datatype) {
            case FP16 -> Float.float16ToFloat(values.getShort());
            case BF16 -> Float.intBitsToFloat(values.getShort() << Short.SIZE);
            case FP32 -> values.getFloat();
            default -> values.getDouble();
        };
    }

    private static boolean isClose(double one, double other, double tolerance) {
        return Double.compare(one, other) == 0
                || Math.abs(one - other) <= ABSOLUTE + tolerance * Math.max(Math.abs(one), Math.abs(other));
    }
}
