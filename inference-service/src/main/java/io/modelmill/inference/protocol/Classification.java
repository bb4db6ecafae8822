package io.modelmill.inference.protocol;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.servicekit.error.Violations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The highest classes of an output as text, the way Triton's classification extension gives them: a tensor [rows, k] of
 * {@code value:index:label}, highest first. The label is left out where the version names no classes.
 */
final class Classification {
    private Classification() {}

    /** Whether values of the type can be ordered. */
    static boolean isPossible(Datatype datatype) {
        return switch (datatype) {
            case FP32, FP64, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 -> true;
            case BOOL, UINT64, FP16, BF16, BYTES, OTHER -> false;
        };
    }

    /**
     * Takes the last axis for the classes and all others for rows.
     *
     * @param count of classes in the answer
     * @param labels by index
     */
    static OutputTensor.Texts highest(OutputTensor.Elements output, int count, List<String> labels) {
        long classes = output.shape().isEmpty() ? 1 : output.shape().getLast();
        if (count > classes) {
            throw Violations.of(
                    "outputs." + output.name() + ".parameters." + InferRequestCodec.CLASSIFICATION,
                    count,
                    "1 to " + classes);
        }
        ByteBuffer values = output.elements().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int size = output.datatype().elementBytes();
        long rows = values.remaining() / size / classes;
        List<String> texts = new ArrayList<>(Math.toIntExact(rows * count));
        for (int row = 0; row < rows; row++) {
            int start = values.position() + row * (int) classes * size;
            for (Scored scored : highest(output.datatype(), values, start, (int) classes, count)) {
                texts.add(scored.text() + ":" + scored.index() + label(labels, scored.index(), classes));
            }
        }
        return new OutputTensor.Texts(output.name(), List.of(rows, (long) count), texts);
    }

    private static String label(List<String> labels, int index, long classes) {
        return labels.size() == classes ? ":" + labels.get(index) : "";
    }

    private static List<Scored> highest(Datatype datatype, ByteBuffer values, int start, int classes, int count) {
        PriorityQueue<Scored> kept = new PriorityQueue<>(count + 1, Scored.HIGHEST_FIRST.reversed());
        for (int index = 0; index < classes; index++) {
            kept.add(scored(datatype, values, start + index * datatype.elementBytes(), index));
            if (kept.size() > count) {
                kept.remove();
            }
        }
        return kept.stream().sorted(Scored.HIGHEST_FIRST).toList();
    }

    private static Scored scored(Datatype datatype, ByteBuffer values, int at, int index) {
        return switch (datatype) {
            case FP32 -> new Scored(values.getFloat(at), Float.toString(values.getFloat(at)), index);
            case FP64 -> new Scored(values.getDouble(at), Double.toString(values.getDouble(at)), index);
            case INT8 -> Scored.whole(values.get(at), index);
            case INT16 -> Scored.whole(values.getShort(at), index);
            case INT32 -> Scored.whole(values.getInt(at), index);
            case INT64 -> Scored.whole(values.getLong(at), index);
            case UINT8 -> Scored.whole(Byte.toUnsignedInt(values.get(at)), index);
            case UINT16 -> Scored.whole(Short.toUnsignedInt(values.getShort(at)), index);
            case UINT32 -> Scored.whole(Integer.toUnsignedLong(values.getInt(at)), index);
            case BOOL, UINT64, FP16, BF16, BYTES, OTHER ->
                throw new IllegalArgumentException(datatype + " has no highest classes");
        };
    }

    /** One class; not a number comes last, and of equal values the one with the lower index first. */
    private record Scored(double value, String text, int index) {
        static final Comparator<Scored> HIGHEST_FIRST = Comparator.comparing(
                        (Scored scored) -> Double.isNaN(scored.value()))
                .thenComparing(Comparator.comparingDouble(Scored::value).reversed())
                .thenComparingInt(Scored::index);

        static Scored whole(long value, int index) {
            return new Scored(value, Long.toString(value), index);
        }
    }
}
