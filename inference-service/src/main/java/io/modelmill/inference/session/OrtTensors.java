package io.modelmill.inference.session;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.servicekit.error.ServiceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Between this module's tensors and ONNX Runtime's. */
final class OrtTensors {
    private OrtTensors() {}

    /** What the input takes of a run's memory. */
    static long footprint(InputTensor input) {
        return input.content() instanceof TensorContent.Elements elements
                ? RunMemory.Block.footprint(elements.byteCount())
                : 0;
    }

    /** Makes an input: the one copy of its values, into the block, where ONNX Runtime uses them in place. */
    static OnnxTensor feed(OrtEnvironment environment, RunMemory.Block block, InputTensor input) throws OrtException {
        long[] shape = new long[input.shape().size()];
        for (int axis = 0; axis < shape.length; axis++) {
            shape[axis] = input.shape().get(axis);
        }
        return switch (input.content()) {
            case TensorContent.Texts texts ->
                OnnxTensor.createTensor(environment, texts.values().toArray(String[]::new), shape);
            case TensorContent.Elements elements -> {
                ByteBuffer buffer = block.next(elements.byteCount());
                elements.writer().accept(buffer);
                if (buffer.hasRemaining()) {
                    // The rest would be values of another caller's run.
                    throw new IllegalStateException(input.name() + ": " + buffer.position()
                            + " bytes written (expected: " + elements.byteCount() + ")");
                }
                yield OnnxTensor.createTensor(
                        environment, buffer.clear(), shape, javaType(input.name(), input.datatype()));
            }
        };
    }

    /** Makes an output of memory that was set aside. */
    static OnnxTensor over(OrtEnvironment environment, String name, Datatype datatype, long[] shape, ByteBuffer memory)
            throws OrtException {
        return OnnxTensor.createTensor(environment, memory, shape, javaType(name, datatype));
    }

    private static OnnxJavaType javaType(String name, Datatype datatype) {
        return switch (datatype) {
            case BOOL -> OnnxJavaType.BOOL;
            case INT8 -> OnnxJavaType.INT8;
            case INT16 -> OnnxJavaType.INT16;
            case INT32 -> OnnxJavaType.INT32;
            case INT64 -> OnnxJavaType.INT64;
            case UINT8 -> OnnxJavaType.UINT8;
            case FP16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            case FP32 -> OnnxJavaType.FLOAT;
            case FP64 -> OnnxJavaType.DOUBLE;
            case BYTES -> OnnxJavaType.STRING;
            case UINT16, UINT32, UINT64, OTHER ->
                throw new ServiceException(
                        InferenceReason.DATATYPE_NOT_CARRIED,
                        name + ": datatype " + datatype + " cannot be fed to ONNX Runtime from Java");
        };
    }

    /** Copies an output. */
    static OutputTensor read(String name, OnnxValue value) throws OrtException {
        if (!(value instanceof OnnxTensor tensor)) {
            throw new ServiceException(
                    InferenceReason.DATATYPE_NOT_CARRIED,
                    name + ": an output of kind " + value.getType() + " cannot be carried (expected: a tensor)");
        }
        Datatype datatype = datatype(tensor.getInfo());
        List<Long> shape = Arrays.stream(tensor.getInfo().getShape()).boxed().toList();
        if (datatype == Datatype.BYTES) {
            List<String> texts = new ArrayList<>();
            flatten(tensor.getValue(), texts);
            return new OutputTensor.Texts(name, shape, texts);
        }
        return new OutputTensor.Elements(
                name, datatype, shape, tensor.getByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
    }

    private static void flatten(Object value, List<String> texts) {
        if (value instanceof Object[] axis) {
            for (Object element : axis) {
                flatten(element, texts);
            }
        } else {
            texts.add((String) value);
        }
    }

    /** The graph's own word on an input or output. */
    static TensorSpec spec(NodeInfo node) {
        return node.getInfo() instanceof TensorInfo tensor
                ? new TensorSpec(
                        node.getName(),
                        datatype(tensor),
                        Arrays.stream(tensor.getShape()).boxed().toList())
                : new TensorSpec(node.getName(), Datatype.OTHER, List.of());
    }

    static Datatype datatype(TensorInfo tensor) {
        return switch (tensor.onnxType) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> Datatype.BOOL;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> Datatype.INT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> Datatype.INT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> Datatype.INT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> Datatype.INT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> Datatype.UINT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> Datatype.UINT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> Datatype.UINT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> Datatype.UINT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> Datatype.FP16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> Datatype.BF16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> Datatype.FP32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> Datatype.FP64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING -> Datatype.BYTES;
            default -> Datatype.OTHER;
        };
    }
}
