package io.modelmill.inference.batching;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.TensorContent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Made-up inputs of a graph whose inputs all have rows. Floats lie in [0, 1), integers are 0 or 1, which any table of an
 * embedding and any mask takes; the same row is the same in all inputs that hold it.
 */
final class RandomRows {
    private static final long SEED = 7;

    private final Signature signature;
    private final int length;

    /** @param length of all variable axes but the first */
    RandomRows(Signature signature, int length) {
        this.signature = signature;
        this.length = length;
    }

    /** Rows from the first, below each other. */
    List<InputTensor> inputs(int first, int count) {
        List<InputTensor> inputs = new ArrayList<>();
        for (TensorSpec spec : signature.inputs()) {
            List<Long> shape = new ArrayList<>();
            int elements = 1;
            for (long axis : spec.shape()) {
                long known = axis < 0 ? length : axis;
                if (!shape.isEmpty()) {
                    elements = Math.multiplyExact(elements, Math.toIntExact(known));
                }
                shape.add(shape.isEmpty() ? count : known);
            }
            inputs.add(new InputTensor(spec.name(), spec.datatype(), shape, content(spec, first, count, elements)));
        }
        return inputs;
    }

    private static TensorContent content(TensorSpec spec, int first, int count, int elements) {
        if (spec.datatype() == Datatype.BYTES) {
            List<String> texts = new ArrayList<>();
            for (int row = first; row < first + count; row++) {
                Random random = random(spec, row);
                for (int element = 0; element < elements; element++) {
                    texts.add(Integer.toString(random.nextInt(2)));
                }
            }
            return new TensorContent.Texts(texts);
        }
        int bytes = Math.multiplyExact(
                Math.multiplyExact(count, elements), spec.datatype().elementBytes());
        ByteBuffer values = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int row = first; row < first + count; row++) {
            Random random = random(spec, row);
            for (int element = 0; element < elements; element++) {
                put(values, spec.datatype(), random);
            }
        }
        values.flip();
        return new TensorContent.Elements(bytes, into -> into.put(values.duplicate()));
    }

    private static Random random(TensorSpec spec, int row) {
        return new Random(SEED + 31L * row + spec.name().hashCode());
    }

    private static void put(ByteBuffer values, Datatype datatype, Random random) {
        switch (datatype) {
            case BOOL, INT8, UINT8 -> values.put((byte) random.nextInt(2));
            case INT16, UINT16 -> values.putShort((short) random.nextInt(2));
            case INT32, UINT32 -> values.putInt(random.nextInt(2));
            case INT64, UINT64 -> values.putLong(random.nextInt(2));
            case FP16 -> values.putShort(Float.floatToFloat16(random.nextFloat()));
            case BF16 -> values.putShort((short) (Float.floatToIntBits(random.nextFloat()) >>> Short.SIZE));
            case FP32 -> values.putFloat(random.nextFloat());
            case FP64 -> values.putDouble(random.nextDouble());
            case BYTES, OTHER -> throw new IllegalArgumentException(datatype + " has no size");
        }
    }
}
