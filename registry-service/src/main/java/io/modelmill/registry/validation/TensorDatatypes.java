package io.modelmill.registry.validation;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Element types that can be served: those that the Open Inference Protocol names and ONNX Runtime's Java side can feed.
 * It cannot feed unsigned integers of more than 8 bits.
 */
final class TensorDatatypes {
    private static final Map<TensorInfo.OnnxTensorType, Datatype> BY_ONNX = Map.of(
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, new Datatype("FP32", OnnxJavaType.FLOAT, 4),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE,
                    new Datatype("FP64", OnnxJavaType.DOUBLE, 8),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16,
                    new Datatype("FP16", OnnxJavaType.FLOAT16, 2),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, new Datatype("INT8", OnnxJavaType.INT8, 1),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16, new Datatype("INT16", OnnxJavaType.INT16, 2),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, new Datatype("INT32", OnnxJavaType.INT32, 4),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, new Datatype("INT64", OnnxJavaType.INT64, 8),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, new Datatype("UINT8", OnnxJavaType.UINT8, 1),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL, new Datatype("BOOL", OnnxJavaType.BOOL, 1),
            TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING,
                    new Datatype("BYTES", OnnxJavaType.STRING, 0));

    private static final Map<String, Datatype> BY_NAME = new TreeMap<>();

    static {
        BY_ONNX.values().forEach(datatype -> BY_NAME.put(datatype.name(), datatype));
    }

    private TensorDatatypes() {}

    /** The protocol's name of a tensor's element type; empty if such tensors cannot be served. */
    static Optional<String> openInferenceName(TensorInfo tensor) {
        return Optional.ofNullable(BY_ONNX.get(tensor.onnxType)).map(Datatype::name);
    }

    /** All names, for errors. */
    static List<String> served() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** A tensor of zeros, false or empty texts; the caller closes it. Shape without variable axes. */
    static OnnxTensor trial(OrtEnvironment environment, String name, long[] shape) throws OrtException {
        Datatype datatype = BY_NAME.get(name);
        if (datatype == null) {
            throw new IllegalArgumentException("datatype: \"" + name + "\" (expected: one of " + served() + ")");
        }
        int elements = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
        if (datatype.type() == OnnxJavaType.STRING) {
            String[] texts = new String[elements];
            Arrays.fill(texts, "");
            return OnnxTensor.createTensor(environment, texts, shape);
        }
        ByteBuffer zeros =
                ByteBuffer.allocateDirect(elements * datatype.elementBytes()).order(ByteOrder.nativeOrder());
        return OnnxTensor.createTensor(environment, zeros, shape, datatype.type());
    }

    /** @param elementBytes 0 for texts, which have no fixed size */
    private record Datatype(String name, OnnxJavaType type, int elementBytes) {}
}
