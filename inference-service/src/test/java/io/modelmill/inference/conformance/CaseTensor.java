package io.modelmill.inference.conformance;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.modelmill.inference.model.Datatype;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor of a test case.
 *
 * @param elements little-endian and row-major; empty for BYTES
 * @param texts empty for all but BYTES
 */
record CaseTensor(Datatype datatype, List<Long> shape, ByteBuffer elements, List<String> texts) {
    /** @throws UnsupportedOperationException for what is no tensor of the protocol's types */
    static CaseTensor of(TensorProto tensor) {
        Datatype datatype = datatype(TensorProto.DataType.forNumber(tensor.getDataType()));
        List<Long> shape = tensor.getDimsList();
        if (datatype == Datatype.BYTES) {
            return new CaseTensor(
                    datatype,
                    shape,
                    ByteBuffer.allocate(0),
                    tensor.getStringDataList().stream()
                            .map(text -> text.toStringUtf8())
                            .toList());
        }
        return new CaseTensor(datatype, shape, elements(tensor, datatype), List.of());
    }

    private static ByteBuffer elements(TensorProto tensor, Datatype datatype) {
        if (tensor.hasRawData()) {
            return tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
        int count = Math.toIntExact(tensor.getDimsList().stream().reduce(1L, Math::multiplyExact));
        ByteBuffer bytes = ByteBuffer.allocate(count * datatype.elementBytes()).order(ByteOrder.LITTLE_ENDIAN);
        switch (datatype) {
            case FP32 -> tensor.getFloatDataList().forEach(bytes::putFloat);
            case FP64 -> tensor.getDoubleDataList().forEach(bytes::putDouble);
            case INT64 -> tensor.getInt64DataList().forEach(bytes::putLong);
            case UINT32 -> tensor.getUint64DataList().forEach(value -> bytes.putInt(value.intValue()));
            case UINT64 -> tensor.getUint64DataList().forEach(bytes::putLong);
            case INT32 -> tensor.getInt32DataList().forEach(bytes::putInt);
            case INT16, UINT16, FP16, BF16 ->
                tensor.getInt32DataList().forEach(value -> bytes.putShort(value.shortValue()));
            case BOOL, INT8, UINT8 -> tensor.getInt32DataList().forEach(value -> bytes.put(value.byteValue()));
            case BYTES, OTHER -> throw new UnsupportedOperationException("elements of " + datatype);
        }
        return bytes.flip();
    }

    static Datatype datatype(TensorProto.DataType type) {
        return switch (type) {
            case BOOL -> Datatype.BOOL;
            case INT8 -> Datatype.INT8;
            case INT16 -> Datatype.INT16;
            case INT32 -> Datatype.INT32;
            case INT64 -> Datatype.INT64;
            case UINT8 -> Datatype.UINT8;
            case UINT16 -> Datatype.UINT16;
            case UINT32 -> Datatype.UINT32;
            case UINT64 -> Datatype.UINT64;
            case FLOAT16 -> Datatype.FP16;
            case BFLOAT16 -> Datatype.BF16;
            case FLOAT -> Datatype.FP32;
            case DOUBLE -> Datatype.FP64;
            case STRING -> Datatype.BYTES;
            default -> throw new UnsupportedOperationException("datatype " + type);
        };
    }

    /**
     * How the other differs from this, which is right.
     *
     * @return empty if it does not: integers and texts are the same, floating-point numbers within the tolerance
     */
    String difference(CaseTensor other) {
        if (datatype != other.datatype || !shape.equals(other.shape)) {
            return other.datatype + " " + other.shape + " (expected: " + datatype + " " + shape + ")";
        }
        if (datatype == Datatype.BYTES) {
            return texts.equals(other.texts) ? "" : other.texts + " (expected: " + texts + ")";
        }
        int size = datatype.elementBytes();
        if (elements.remaining() != other.elements.remaining()) {
            return other.elements.remaining() + " bytes (expected: " + elements.remaining() + ")";
        }
        for (int index = 0; index < elements.remaining() / size; index++) {
            boolean same = isFloating() ? isClose(number(index), other.number(index)) : isEqual(other, index, size);
            if (!same) {
                return "element " + index + ": " + other.number(index) + " (expected: " + number(index) + ")";
            }
        }
        return "";
    }

    private boolean isFloating() {
        return switch (datatype) {
            case FP16, BF16, FP32, FP64 -> true;
            default -> false;
        };
    }

    private boolean isClose(double right, double given) {
        if (Double.isNaN(right) || Double.isNaN(given)) {
            return Double.isNaN(right) && Double.isNaN(given);
        }
        double relative = datatype == Datatype.FP16 || datatype == Datatype.BF16 ? 1e-2 : 1e-3;
        return right == given || Math.abs(right - given) <= 1e-5 + relative * Math.abs(right);
    }

    private boolean isEqual(CaseTensor other, int index, int size) {
        byte[] mine = new byte[size];
        byte[] theirs = new byte[size];
        elements.get(elements.position() + index * size, mine);
        other.elements.get(other.elements.position() + index * size, theirs);
        return Arrays.equals(mine, theirs);
    }

    private double number(int index) {
        int at = elements.position() + index * datatype.elementBytes();
        return switch (datatype) {
            case BOOL, INT8 -> elements.get(at);
            case UINT8 -> Byte.toUnsignedInt(elements.get(at));
            case INT16 -> elements.getShort(at);
            case UINT16 -> Short.toUnsignedInt(elements.getShort(at));
            case INT32 -> elements.getInt(at);
            case UINT32 -> Integer.toUnsignedLong(elements.getInt(at));
            case INT64, UINT64 -> elements.getLong(at);
            case FP16 -> Float.float16ToFloat(elements.getShort(at));
            case BF16 -> Float.intBitsToFloat(elements.getShort(at) << 16);
            case FP32 -> elements.getFloat(at);
            case FP64 -> elements.getDouble(at);
            case BYTES, OTHER -> throw new UnsupportedOperationException("numbers of " + datatype);
        };
    }
}
