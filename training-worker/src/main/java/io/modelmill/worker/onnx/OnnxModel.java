package io.modelmill.worker.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.modelmill.worker.failure.PlatformFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A model in ONNX Runtime on one thread. */
public final class OnnxModel implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final String input;

    private OnnxModel(OrtEnvironment environment, OrtSession session) {
        this.environment = environment;
        this.session = session;
        this.input = session.getInputNames().iterator().next();
    }

    /** Loads a model from its bytes. */
    public static OnnxModel load(byte[] model) {
        try {
            OnnxRuntimeLibraries.unpack();
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1);
                return new OnnxModel(environment, environment.createSession(model, options));
            }
        } catch (OrtException | IOException e) {
            throw new PlatformFailedException("ONNX Runtime cannot load the exported model: " + e.getMessage(), e);
        }
    }

    /**
     * Answers the only input's output for 32-bit floats, its last axis fastest.
     *
     * @param shape of the values, the batch's axis first
     */
    public float[] predict(float[] values, long... shape) {
        return predict(List.of(new OnnxInput(input, values, shape)));
    }

    /**
     * Answers the only input's output for 64-bit integers, its last axis fastest.
     *
     * @param shape of the values, the batch's axis first
     */
    public float[] predict(long[] values, long... shape) {
        return predict(List.of(new OnnxInput(input, values, shape)));
    }

    /** Answers the first output, its last axis fastest. */
    public float[] predict(List<OnnxInput> inputs) {
        return run(inputs).getFirst().values();
    }

    /** Names of the inputs in the graph's order. */
    public Set<String> inputs() {
        return session.getInputNames();
    }

    /** Answers each output of 32-bit floats, in the graph's order; others are left out. */
    public List<OnnxOutput> run(List<OnnxInput> inputs) {
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            for (OnnxInput given : inputs) {
                tensors.put(given.name(), tensor(given));
            }
            try (OrtSession.Result result = session.run(tensors)) {
                List<OnnxOutput> outputs = new ArrayList<>();
                for (var entry : result) {
                    if (entry.getValue() instanceof OnnxTensor tensor && tensor.getInfo().type == OnnxJavaType.FLOAT) {
                        FloatBuffer values = tensor.getFloatBuffer();
                        float[] answer = new float[values.remaining()];
                        values.get(answer);
                        outputs.add(new OnnxOutput(
                                entry.getKey(), answer, tensor.getInfo().getShape()));
                    }
                }
                return outputs;
            }
        } catch (OrtException e) {
            throw new PlatformFailedException("ONNX Runtime cannot run the exported model: " + e.getMessage(), e);
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor tensor(OnnxInput given) throws OrtException {
        return switch (given.values()) {
            case float[] values -> {
                FloatBuffer direct = direct(values.length, Float.BYTES).asFloatBuffer();
                yield OnnxTensor.createTensor(environment, direct.put(values).flip(), given.shape());
            }
            case long[] values -> {
                LongBuffer direct = direct(values.length, Long.BYTES).asLongBuffer();
                yield OnnxTensor.createTensor(environment, direct.put(values).flip(), given.shape());
            }
            case byte[] values -> {
                ByteBuffer direct = direct(values.length, Byte.BYTES);
                yield OnnxTensor.createTensor(
                        environment, direct.put(values).flip(), given.shape(), OnnxJavaType.UINT8);
            }
            case String[] values -> OnnxTensor.createTensor(environment, values, given.shape());
            default ->
                throw new IllegalArgumentException(
                        "an input of " + given.values().getClass());
        };
    }

    private static ByteBuffer direct(int values, int bytes) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(values, bytes)).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new PlatformFailedException("ONNX Runtime cannot close the exported model: " + e.getMessage(), e);
        }
    }
}
