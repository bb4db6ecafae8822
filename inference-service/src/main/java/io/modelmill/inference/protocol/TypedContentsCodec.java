package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.proto.inference.InferTensorContents;
import io.modelmill.servicekit.error.Violations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/** The protocol's typed form of tensors: one repeated field for each kind of datatype. */
final class TypedContentsCodec {
    private static final List<Field> FIELDS = List.of(
            new Field("bool_contents", InferTensorContents::getBoolContentsCount),
            new Field("int_contents", InferTensorContents::getIntContentsCount),
            new Field("int64_contents", InferTensorContents::getInt64ContentsCount),
            new Field("uint_contents", InferTensorContents::getUintContentsCount),
            new Field("uint64_contents", InferTensorContents::getUint64ContentsCount),
            new Field("fp32_contents", InferTensorContents::getFp32ContentsCount),
            new Field("fp64_contents", InferTensorContents::getFp64ContentsCount),
            new Field("bytes_contents", InferTensorContents::getBytesContentsCount));

    private TypedContentsCodec() {}

    /**
     * Reads an input, noting what is wrong with it.
     *
     * @param elements how many there are by the shape
     * @param path of the contents in the request
     */
    static TensorContent read(
            InferTensorContents contents, Datatype datatype, long elements, String path, Violations violations) {
        String used = field(datatype);
        for (Field field : FIELDS) {
            int count = field.count().applyAsInt(contents);
            if (field.name().equals(used)) {
                violations.check(
                        count == elements, path + "." + used, count + " elements", elements + " elements by the shape");
            } else if (count > 0) {
                violations.add(
                        path + "." + field.name(),
                        count + " elements",
                        used.isEmpty()
                                ? "none, " + datatype + " travels in raw_input_contents alone"
                                : "none, " + datatype + " travels in " + used);
            }
        }
        if (used.isEmpty()) {
            violations.check(
                    elements == 0,
                    path,
                    datatype + " without raw bytes",
                    "raw_input_contents, the protocol has no typed form of " + datatype);
            return new TensorContent.Elements(0, buffer -> {});
        }
        checkRange(contents, datatype, path + "." + used, violations);
        if (datatype == Datatype.BYTES) {
            List<String> texts = new ArrayList<>(contents.getBytesContentsCount());
            for (ByteString text : contents.getBytesContentsList()) {
                if (!Texts.decode(text, path + ".bytes_contents[" + texts.size() + "]", texts, violations)) {
                    break;
                }
            }
            return new TensorContent.Texts(texts);
        }
        long bytes = elements * datatype.elementBytes();
        violations.check(bytes <= Integer.MAX_VALUE, path, bytes + " bytes", "at most " + Integer.MAX_VALUE);
        return new TensorContent.Elements((int) Math.min(bytes, Integer.MAX_VALUE), writer(contents, datatype));
    }

    private static String field(Datatype datatype) {
        return switch (datatype) {
            case BOOL -> "bool_contents";
            case INT8, INT16, INT32 -> "int_contents";
            case INT64 -> "int64_contents";
            case UINT8, UINT16, UINT32 -> "uint_contents";
            case UINT64 -> "uint64_contents";
            case FP32 -> "fp32_contents";
            case FP64 -> "fp64_contents";
            case BYTES -> "bytes_contents";
            case FP16, BF16, OTHER -> "";
        };
    }

    private static void checkRange(InferTensorContents contents, Datatype datatype, String field, Violations found) {
        List<Integer> values = switch (datatype) {
            case INT8, INT16 -> contents.getIntContentsList();
            case UINT8, UINT16 -> contents.getUintContentsList();
            default -> List.of();
        };
        int lowest = switch (datatype) {
            case INT8 -> Byte.MIN_VALUE;
            case INT16 -> Short.MIN_VALUE;
            default -> 0;
        };
        int highest = lowest + (1 << (8 * datatype.elementBytes())) - 1;
        for (int index = 0; index < values.size(); index++) {
            int value = values.get(index);
            if (value < lowest || value > highest) {
                found.add(
                        field + "[" + index + "]",
                        lowest == 0 ? Integer.toUnsignedString(value) : value,
                        lowest + " to " + highest + " for " + datatype);
                // One is enough to see what went wrong; a tensor may have millions.
                return;
            }
        }
    }

    private static Consumer<ByteBuffer> writer(InferTensorContents contents, Datatype datatype) {
        return switch (datatype) {
            case BOOL -> buffer -> contents.getBoolContentsList().forEach(value -> buffer.put((byte) (value ? 1 : 0)));
            case INT8 -> buffer -> contents.getIntContentsList().forEach(value -> buffer.put(value.byteValue()));
            case INT16 -> buffer -> contents.getIntContentsList().forEach(value -> buffer.putShort(value.shortValue()));
            case INT32 -> buffer -> contents.getIntContentsList().forEach(buffer::putInt);
            case INT64 -> buffer -> contents.getInt64ContentsList().forEach(buffer::putLong);
            case UINT8 -> buffer -> contents.getUintContentsList().forEach(value -> buffer.put(value.byteValue()));
            case UINT16 ->
                buffer -> contents.getUintContentsList().forEach(value -> buffer.putShort(value.shortValue()));
            case UINT32 -> buffer -> contents.getUintContentsList().forEach(buffer::putInt);
            case UINT64 -> buffer -> contents.getUint64ContentsList().forEach(buffer::putLong);
            case FP32 -> buffer -> contents.getFp32ContentsList().forEach(buffer::putFloat);
            case FP64 -> buffer -> contents.getFp64ContentsList().forEach(buffer::putDouble);
            case FP16, BF16, BYTES, OTHER -> throw new IllegalArgumentException(datatype + " has no typed elements");
        };
    }

    /** An output as typed contents; its datatype has them. */
    static InferTensorContents write(OutputTensor output) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        switch (output) {
            case OutputTensor.Texts texts ->
                texts.values().forEach(text -> contents.addBytesContents(ByteString.copyFromUtf8(text)));
            case OutputTensor.Elements numbers -> {
                ByteBuffer elements = numbers.elements().duplicate().order(ByteOrder.LITTLE_ENDIAN);
                Runnable next = next(numbers.datatype(), elements, contents);
                while (elements.hasRemaining()) {
                    next.run();
                }
            }
        }
        return contents.build();
    }

    private static Runnable next(Datatype datatype, ByteBuffer from, InferTensorContents.Builder to) {
        return switch (datatype) {
            case BOOL -> () -> to.addBoolContents(from.get() != 0);
            case INT8 -> () -> to.addIntContents(from.get());
            case INT16 -> () -> to.addIntContents(from.getShort());
            case INT32 -> () -> to.addIntContents(from.getInt());
            case INT64 -> () -> to.addInt64Contents(from.getLong());
            case UINT8 -> () -> to.addUintContents(Byte.toUnsignedInt(from.get()));
            case UINT16 -> () -> to.addUintContents(Short.toUnsignedInt(from.getShort()));
            case UINT32 -> () -> to.addUintContents(from.getInt());
            case UINT64 -> () -> to.addUint64Contents(from.getLong());
            case FP32 -> () -> to.addFp32Contents(from.getFloat());
            case FP64 -> () -> to.addFp64Contents(from.getDouble());
            case FP16, BF16, BYTES, OTHER -> throw new IllegalArgumentException(datatype + " has no typed elements");
        };
    }

    private record Field(String name, ToIntFunction<InferTensorContents> count) {}
}
