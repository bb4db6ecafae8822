package io.modelmill.fleet.client;

import com.google.protobuf.ByteString;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Tensors as raw contents: little-endian numbers, and texts each after its length. */
final class NamedTensorCodec {
    private NamedTensorCodec() {}

    /** Adds an input to a request. */
    static void write(NamedTensor tensor, ModelInferRequest.Builder request) {
        request.addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName(tensor.name())
                        .setDatatype(tensor.datatype())
                        .addAllShape(tensor.shape()))
                .addRawInputContents(tensor.datatype().equals("BYTES") ? texts(tensor) : numbers(tensor));
    }

    /** Reads all outputs of a response. */
    static List<NamedTensor> read(ModelInferResponse response) {
        List<NamedTensor> tensors = new ArrayList<>();
        for (int i = 0; i < response.getOutputsCount(); i++) {
            ModelInferResponse.InferOutputTensor output = response.getOutputs(i);
            ByteBuffer raw =
                    response.getRawOutputContents(i).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            boolean bytes = output.getDatatype().equals("BYTES");
            tensors.add(new NamedTensor(
                    output.getName(),
                    output.getDatatype(),
                    output.getShapeList(),
                    bytes ? new double[0] : numbers(raw, output.getDatatype()),
                    bytes ? texts(raw) : List.of()));
        }
        return tensors;
    }

    private static ByteString numbers(NamedTensor tensor) {
        int width = width(tensor.datatype());
        ByteBuffer raw = ByteBuffer.allocate(tensor.numbers().length * width).order(ByteOrder.LITTLE_ENDIAN);
        for (double number : tensor.numbers()) {
            switch (tensor.datatype()) {
                case "FP32" -> raw.putFloat((float) number);
                case "FP64" -> raw.putDouble(number);
                case "INT64", "UINT64" -> raw.putLong((long) number);
                case "INT32", "UINT32" -> raw.putInt((int) (long) number);
                case "INT16", "UINT16" -> raw.putShort((short) number);
                default -> raw.put((byte) (int) number);
            }
        }
        return ByteString.copyFrom(raw.flip());
    }

    private static double[] numbers(ByteBuffer raw, String datatype) {
        double[] numbers = new double[raw.remaining() / width(datatype)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = switch (datatype) {
                case "FP32" -> raw.getFloat();
                case "FP64" -> raw.getDouble();
                case "INT64", "UINT64" -> raw.getLong();
                case "INT32" -> raw.getInt();
                case "UINT32" -> Integer.toUnsignedLong(raw.getInt());
                case "INT16" -> raw.getShort();
                case "UINT16" -> Short.toUnsignedInt(raw.getShort());
                case "INT8" -> raw.get();
                default -> Byte.toUnsignedInt(raw.get());
            };
        }
        return numbers;
    }

    private static ByteString texts(NamedTensor tensor) {
        ByteString.Output output = ByteString.newOutput();
        for (String text : tensor.texts()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            byte[] length = ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(bytes.length)
                    .array();
            output.write(length, 0, length.length);
            output.write(bytes, 0, bytes.length);
        }
        return output.toByteString();
    }

    private static List<String> texts(ByteBuffer raw) {
        List<String> texts = new ArrayList<>();
        while (raw.hasRemaining()) {
            byte[] element = new byte[raw.getInt()];
            raw.get(element);
            texts.add(new String(element, StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static int width(String datatype) {
        return switch (datatype) {
            case "FP64", "INT64", "UINT64" -> Long.BYTES;
            case "FP32", "INT32", "UINT32" -> Integer.BYTES;
            case "INT16", "UINT16" -> Short.BYTES;
            case "INT8", "UINT8", "BOOL" -> 1;
            default ->
                throw new IllegalArgumentException("datatype: \"" + datatype + "\" (expected: numbers or BYTES)");
        };
    }
}
