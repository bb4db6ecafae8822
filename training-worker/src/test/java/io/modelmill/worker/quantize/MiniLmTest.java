package io.modelmill.worker.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.modelmill.worker.onnx.OnnxInput;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.onnx.OnnxOutput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** The real all-MiniLM-L6-v2, of 32-bit floats as its makers ship it. */
class MiniLmTest {
    private static final List<String> SENTENCES = List.of(
            "the cat sleeps on the warm stone",
            "a small dog runs through the park in the morning",
            "interest rates rise when the central bank fears inflation",
            "the train to the city leaves at noon and arrives before dark",
            "the air gets cold at night on a high mountain",
            "she wrote a long letter to her brother in the army",
            "the engine of the old ship broke in the middle of the ocean",
            "children learn a new language with ease",
            "the court found that the company had broken the law",
            "a good bread needs flour water salt and time");
    private static final int WIDTH = 384;
    private static byte[] parent = new byte[0];
    private static JsonObject vocabulary = new JsonObject();

    @BeforeAll
    static void read() throws IOException {
        parent = resource("/all-minilm-l6-v2.onnx");
        vocabulary = JsonParser.parseString(
                        new String(resource("/all-minilm-l6-v2-tokenizer.json"), StandardCharsets.UTF_8))
                .getAsJsonObject()
                .getAsJsonObject("model")
                .getAsJsonObject("vocab");
    }

    @Test
    void embeddingsStayAlike(TestReporter reporter) {
        QuantizedModel quantized = OnnxQuantizer.quantize(parent);
        double least = 1;
        double sum = 0;
        try (OnnxModel before = OnnxModel.load(parent);
                OnnxModel after = OnnxModel.load(quantized.onnx())) {
            for (String sentence : SENTENCES) {
                double cosine = Cosine.of(embed(before, sentence), embed(after, sentence));
                least = Math.min(least, cosine);
                sum += cosine;
            }
            reporter.publishEntry("rows a second", rate(before) + " before, " + rate(after) + " after");
        }
        reporter.publishEntry("report", quantized.report().toString());
        reporter.publishEntry("cosine", "mean " + sum / SENTENCES.size() + ", least " + least);
        assertThat(least).isGreaterThan(0.97);
        assertThat(quantized.report().products())
                .as("four of attention, two behind it, six times")
                .isGreaterThanOrEqualTo(36);
        assertThat((double) quantized.report().bytesAfter() / quantized.report().bytesBefore())
                .isLessThan(0.7);
    }

    private static double rate(OnnxModel model) {
        long[] tokens = new long[32];
        Arrays.setAll(tokens, i -> 1000 + 37L * i);
        for (int i = 0; i < 20; i++) {
            run(model, tokens);
        }
        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            run(model, tokens);
        }
        return 100e9 / (System.nanoTime() - start);
    }

    /** The mean of all steps. */
    private static float[] embed(OnnxModel model, String sentence) {
        long[] tokens = Arrays.stream(("[CLS] " + sentence + " [SEP]").split(" "))
                .mapToLong(word -> vocabulary.get(word).getAsLong())
                .toArray();
        float[] steps = run(model, tokens);
        float[] mean = new float[WIDTH];
        for (int i = 0; i < steps.length; i++) {
            mean[i % WIDTH] += steps[i];
        }
        return mean;
    }

    private static float[] run(OnnxModel model, long[] tokens) {
        long[] ones = new long[tokens.length];
        Arrays.fill(ones, 1);
        long[] shape = {1, tokens.length};
        List<OnnxOutput> outputs = model.run(List.of(
                new OnnxInput("input_ids", tokens, shape),
                new OnnxInput("attention_mask", ones, shape),
                new OnnxInput("token_type_ids", new long[tokens.length], shape)));
        return outputs.getFirst().values();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream stream = Objects.requireNonNull(MiniLmTest.class.getResourceAsStream(name), name)) {
            return stream.readAllBytes();
        }
    }
}
