package io.modelmill.inference.conformance;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.SessionConfig;
import io.modelmill.inference.session.Sessions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A case on ONNX Runtime itself, with nothing of this service between: what it passes, the service must pass. */
final class ReferenceRun {
    private static final String ELEMENT_TYPE = "ONNX_TENSOR_ELEMENT_DATA_TYPE_";

    private final OrtEnvironment environment;

    ReferenceRun() {
        // A process has one environment: it is made as the service makes it, for other tests in this JVM.
        var _ = new Sessions(Configurations.of(SessionConfig.class, Map.of()));
        this.environment = OrtEnvironment.getEnvironment();
    }

    /** @return empty if the case passes, else why it does not */
    String failure(ConformanceCase test) {
        Map<String, OnnxTensor> fed = new LinkedHashMap<>();
        try (SessionOptions options = new SessionOptions()) {
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            Map<String, CaseTensor> inputs = test.inputs();
            Map<String, CaseTensor> outputs = test.outputs();
            try (OrtSession session = environment.createSession(test.graph().toString(), options)) {
                for (Map.Entry<String, CaseTensor> input : inputs.entrySet()) {
                    fed.put(input.getKey(), feed(input.getValue()));
                }
                try (OrtSession.Result result = session.run(fed)) {
                    for (Map.Entry<String, CaseTensor> output : outputs.entrySet()) {
                        CaseTensor answered = read(result.get(output.getKey()).orElseThrow());
                        String difference = output.getValue().difference(answered);
                        if (!difference.isEmpty()) {
                            return output.getKey() + ": " + difference;
                        }
                    }
                    return "";
                }
            }
        } catch (OrtException | UnsupportedOperationException refused) {
            return String.valueOf(refused.getMessage()).lines().findFirst().orElse("refused");
        } finally {
            fed.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor feed(CaseTensor tensor) throws OrtException {
        long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
        if (tensor.datatype() == Datatype.BYTES) {
            return OnnxTensor.createTensor(environment, tensor.texts().toArray(String[]::new), shape);
        }
        OnnxJavaType type = switch (tensor.datatype()) {
            case BOOL -> OnnxJavaType.BOOL;
            case INT8 -> OnnxJavaType.INT8;
            case UINT8 -> OnnxJavaType.UINT8;
            case INT16 -> OnnxJavaType.INT16;
            case INT32 -> OnnxJavaType.INT32;
            case INT64 -> OnnxJavaType.INT64;
            case FP16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            case FP32 -> OnnxJavaType.FLOAT;
            case FP64 -> OnnxJavaType.DOUBLE;
            case UINT16, UINT32, UINT64, BYTES, OTHER ->
                throw new UnsupportedOperationException("ONNX Runtime's Java API takes no " + tensor.datatype());
        };
        ByteBuffer direct = ByteBuffer.allocateDirect(
                        Math.max(1, tensor.elements().remaining()))
                .order(ByteOrder.nativeOrder());
        direct.put(tensor.elements().duplicate()).flip();
        return OnnxTensor.createTensor(environment, direct, shape, type);
    }

    private static CaseTensor read(OnnxValue value) throws OrtException {
        if (!(value instanceof OnnxTensor tensor)) {
            throw new UnsupportedOperationException("an output of kind " + value.getType());
        }
        List<Long> shape = new ArrayList<>();
        for (long axis : tensor.getInfo().getShape()) {
            shape.add(axis);
        }
        Datatype datatype = CaseTensor.datatype(
                TensorProto.DataType.valueOf(tensor.getInfo().onnxType.name().substring(ELEMENT_TYPE.length())));
        if (datatype == Datatype.BYTES) {
            List<String> texts = new ArrayList<>();
            flatten(tensor.getValue(), texts);
            return new CaseTensor(datatype, shape, ByteBuffer.allocate(0), texts);
        }
        return new CaseTensor(datatype, shape, tensor.getByteBuffer().order(ByteOrder.LITTLE_ENDIAN), List.of());
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
}
