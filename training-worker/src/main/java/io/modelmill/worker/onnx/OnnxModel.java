package io.modelmill.worker.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.modelmill.worker.failure.PlatformFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;

/** A model in ONNX Runtime with one input and one output of 32-bit floats, both {@code [batch, width]}. */
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

    /** Answers the output of some rows, row after row. */
    public float[] predict(float[] rows, int width) {
        FloatBuffer direct = ByteBuffer.allocateDirect(Math.multiplyExact(rows.length, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        direct.put(rows).flip();
        long[] shape = {rows.length / width, width};
        try (OnnxTensor tensor = OnnxTensor.createTensor(environment, direct, shape);
                OrtSession.Result result = session.run(Map.of(input, tensor))) {
            FloatBuffer output = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] values = new float[output.remaining()];
            output.get(values);
            return values;
        } catch (OrtException e) {
            throw new PlatformFailedException("ONNX Runtime cannot run the exported model: " + e.getMessage(), e);
        }
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
