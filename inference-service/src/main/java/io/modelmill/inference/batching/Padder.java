package io.modelmill.inference.batching;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.TensorContent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Lengthens one axis of inputs, so that requests of different length share a run, and cuts outputs to each request's own
 * length again. A request that runs alone, or with equals, keeps its length.
 */
final class Padder {
    private final int axis;
    private final int[] buckets;
    /** What fills up an input, as one element's bytes. */
    private final Map<String, byte[]> fills = new HashMap<>();

    private final List<String> outputs;

    /** @throws IllegalArgumentException if the graph is not like that, in words that a caller may see */
    Padder(ServingSpec.Padding spec, Signature signature) {
        this.axis = spec.axis();
        require(axis > 0, "padding.axis", axis, "1 or more, for the first axis is the rows");
        this.buckets = spec.buckets().stream().mapToInt(Integer::intValue).toArray();
        require(buckets.length > 0, "padding.buckets", spec.buckets(), "at least one length");
        for (int index = 0; index < buckets.length; index++) {
            require(
                    buckets[index] > (index == 0 ? 0 : buckets[index - 1]),
                    "padding.buckets",
                    spec.buckets(),
                    "positive and ascending");
        }
        require(!spec.inputs().isEmpty(), "padding.inputs", spec.inputs(), "at least one input");
        spec.inputs().forEach((input, fill) -> {
            TensorSpec found = variable("padding.inputs." + input, input, signature.inputs());
            fills.put(input, element("padding.inputs." + input, found.datatype(), fill));
        });
        this.outputs = spec.outputs();
        for (String output : outputs) {
            var _ = variable("padding.outputs", output, signature.outputs());
        }
    }

    /** The input or output, which must have the axis, of variable length. */
    private TensorSpec variable(String field, String name, List<TensorSpec> among) {
        Predicate<TensorSpec> named = spec -> spec.name().equals(name);
        TensorSpec found = among.stream()
                .filter(named)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(field + ": \"" + name + "\" (expected: one of "
                        + among.stream().map(TensorSpec::name).toList() + ")"));
        boolean isVariable = found.shape().size() > axis && found.shape().get(axis) < 0;
        require(isVariable, field, name + " " + found.shape(), "a variable axis " + axis);
        require(found.datatype().elementBytes() > 0, field, found.datatype(), "a datatype of fixed size");
        return found;
    }

    private static byte[] element(String field, Datatype datatype, double fill) {
        ByteBuffer element = ByteBuffer.allocate(datatype.elementBytes()).order(ByteOrder.LITTLE_ENDIAN);
        switch (datatype) {
            case FP64 -> element.putDouble(fill);
            case FP32 -> element.putFloat((float) fill);
            case FP16 -> element.putShort(Float.floatToFloat16((float) fill));
            case BF16 -> element.putShort((short) (Float.floatToIntBits((float) fill) >>> Short.SIZE));
            default -> {
                require(fill == Math.rint(fill) && Math.abs(fill) <= 1L << 53, field, fill, "a whole number");
                long whole = (long) fill;
                for (int at = 0; at < element.capacity(); at++) {
                    element.put((byte) (whole >> Math.min(Long.SIZE - 1, at * Byte.SIZE)));
                }
                int bits = element.capacity() * Byte.SIZE;
                require(
                        bits == Long.SIZE || whole >= -(1L << bits - 1) && whole < 1L << bits,
                        field,
                        fill,
                        "a value of " + datatype);
            }
        }
        return element.array();
    }

    private static void require(boolean holds, String field, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(field + ": " + value + " (expected: " + expected + ")");
        }
    }

    /** Length of the inputs' axis; -1 if they do not agree. */
    int length(List<InputTensor> inputs) {
        long length = -1;
        for (int index = 0; index < inputs.size(); index++) {
            InputTensor input = inputs.get(index);
            if (isPadded(input.name())) {
                if (input.shape().size() <= axis || length >= 0 && input.shape().get(axis) != length) {
                    return -1;
                }
                length = input.shape().get(axis);
            }
        }
        return (int) Math.min(length, Integer.MAX_VALUE);
    }

    /** The smallest bucket that holds the length; 0 if none does. */
    int bucket(int length) {
        for (int bucket : buckets) {
            if (length >= 0 && length <= bucket) {
                return bucket;
            }
        }
        return 0;
    }

    boolean isPadded(String input) {
        return fills.containsKey(input);
    }

    int axis() {
        return axis;
    }

    /** Bytes of the input when its axis has the length. */
    long bytes(InputTensor input, int length) {
        long bytes = input.datatype().elementBytes();
        for (int index = 0; index < input.shape().size(); index++) {
            bytes *= index == axis ? length : input.shape().get(index);
        }
        return bytes;
    }

    /**
     * Writes the input's values from the buffer's position on, filled up to the length; the position is behind them then.
     *
     * @param into must have room for them
     */
    void write(InputTensor input, int length, ByteBuffer into) {
        TensorContent.Elements elements = (TensorContent.Elements) input.content();
        int begin = into.position();
        int end = into.limit();
        into.limit(begin + elements.byteCount());
        elements.writer().accept(into);
        into.limit(end);
        byte[] fill = fills.get(input.name());
        if (fill == null) {
            throw new IllegalArgumentException(input.name() + " is not padded");
        }
        int inner = fill.length;
        for (int index = axis + 1; index < input.shape().size(); index++) {
            inner *= input.shape().get(index).intValue();
        }
        int block = inner * input.shape().get(axis).intValue();
        int padded = inner * length;
        int blocks = 1;
        for (int index = 0; index < axis; index++) {
            blocks *= input.shape().get(index).intValue();
        }
        // In place, from the last on: no block is overwritten before it has moved.
        for (int index = blocks - 1; index >= 0; index--) {
            int to = begin + index * padded;
            into.put(to, into, begin + index * block, block);
            for (int at = to + block; at < to + padded; at += fill.length) {
                into.put(at, fill);
            }
        }
        into.position(begin + blocks * padded);
    }

    /** Whether the outputs that are to be cut have the length; others would carry padding to callers. */
    boolean canCut(List<OutputTensor> ran, int length) {
        for (OutputTensor output : ran) {
            if (outputs.contains(output.name())
                    && (output.shape().size() <= axis || output.shape().get(axis) != length)) {
                return false;
            }
        }
        return true;
    }

    /** The output cut to the length, if it has the axis. Copied, unless it is one row of the second axis. */
    OutputTensor cut(OutputTensor output, int length) {
        if (!outputs.contains(output.name()) || !(output instanceof OutputTensor.Elements elements)) {
            return output;
        }
        List<Long> shape = new ArrayList<>(elements.shape());
        int before = shape.get(axis).intValue();
        if (before == length) {
            return output;
        }
        shape.set(axis, (long) length);
        int inner = elements.datatype().elementBytes();
        for (int index = axis + 1; index < shape.size(); index++) {
            inner *= shape.get(index).intValue();
        }
        int blocks = 1;
        for (int index = 0; index < axis; index++) {
            blocks *= shape.get(index).intValue();
        }
        ByteBuffer values = elements.elements();
        ByteBuffer kept;
        if (blocks == 1) {
            kept = values.slice(values.position(), inner * length);
        } else {
            kept = ByteBuffer.allocate(blocks * inner * length);
            for (int block = 0; block < blocks; block++) {
                kept.put(block * inner * length, values, values.position() + block * inner * before, inner * length);
            }
        }
        return new OutputTensor.Elements(
                elements.name(), elements.datatype(), shape, kept.order(ByteOrder.LITTLE_ENDIAN));
    }
}
