package io.modelmill.inference.pipeline;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.session.OutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** The embeddings of one request, [texts, width], as they come in from the graph's runs. */
final class Embeddings implements TextAnswers {
    private static final double SMALLEST_LENGTH = 1e-12;

    private final ServingSpec.Pipeline spec;
    private final int texts;
    private int width;
    private float[] values = {};

    Embeddings(ServingSpec.Pipeline spec, int texts, int width) {
        this.spec = spec;
        this.texts = texts;
        this.width = width;
    }

    /**
     * Pools the token vectors of a batch.
     *
     * @param output FP32 [rows, tokens, width] with at least the tokens of each text
     */
    @Override
    public synchronized void take(TokenBatch batch, OutputTensor output) {
        List<Long> shape = output.shape();
        if (!(output instanceof OutputTensor.Elements elements)
                || output.datatype() != Datatype.FP32
                || shape.size() != 3
                || shape.getFirst() != batch.rows().size()
                || values.length > 0 && shape.getLast() != width) {
            throw new IllegalStateException(output.name() + ": " + output.datatype() + " " + shape
                    + " (expected: FP32 [" + batch.rows().size() + ", tokens, width])");
        }
        if (values.length == 0) {
            width = Math.toIntExact(shape.getLast());
            values = new float[Math.multiplyExact(texts, width)];
        }
        int tokens = Math.toIntExact(shape.get(1));
        FloatBuffer vectors =
                elements.elements().duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float[] vector = new float[width];
        for (int row = 0; row < batch.rows().size(); row++) {
            int count = batch.tokens().get(row).count();
            if (count > tokens) {
                throw new IllegalStateException(
                        output.name() + ": " + shape + " (expected: at least " + count + " tokens)");
            }
            pool(vectors, row * tokens, count, vector);
            System.arraycopy(vector, 0, values, batch.rows().get(row) * width, width);
        }
    }

    private void pool(FloatBuffer vectors, int firstToken, int count, float[] into) {
        if (count == 0) {
            Arrays.fill(into, 0);
            return;
        }
        vectors.get(firstToken * width, into);
        if (spec.pooling() == ServingSpec.Pooling.MEAN) {
            float[] next = new float[width];
            for (int token = 1; token < count; token++) {
                vectors.get((firstToken + token) * width, next);
                for (int axis = 0; axis < width; axis++) {
                    into[axis] += next[axis];
                }
            }
            scale(into, 1.0 / count);
        }
        if (spec.normalize()) {
            double squares = 0;
            for (float value : into) {
                squares += (double) value * value;
            }
            scale(into, 1 / Math.max(Math.sqrt(squares), SMALLEST_LENGTH));
        }
    }

    private static void scale(float[] vector, double factor) {
        for (int axis = 0; axis < vector.length; axis++) {
            vector[axis] *= (float) factor;
        }
    }

    @Override
    public synchronized OutputTensor tensor() {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return new OutputTensor.Elements(
                TextPipeline.EMBEDDING, Datatype.FP32, List.of((long) texts, (long) width), bytes);
    }
}
