package io.modelmill.worker.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import io.modelmill.worker.rows.Feed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampleAnswersTest {
    @Test
    void writesEveryTypeAsTheInferenceProtocolDoes() {
        byte[] json = SampleAnswers.json(
                List.of(
                        new Feed("image", new byte[] {0, (byte) 255}, new long[] {1, 2}),
                        new Feed("tokens", new long[] {7, -1}, new long[] {1, 2}),
                        new Feed("kind", new String[] {"a \"b\" \\ \n \u00e9"}, new long[] {1})),
                List.of(new Feed("probabilities", new float[] {0.25f, 1e-9f}, new long[] {1, 2})));

        assertThat(new String(json, StandardCharsets.UTF_8))
                .isEqualTo("{\"inputs\": ["
                        + "{\"name\": \"image\", \"datatype\": \"UINT8\", \"shape\": [1, 2], \"data\": [0, 255]}, "
                        + "{\"name\": \"tokens\", \"datatype\": \"INT64\", \"shape\": [1, 2], \"data\": [7, -1]}, "
                        + "{\"name\": \"kind\", \"datatype\": \"BYTES\", \"shape\": [1], \"data\": "
                        + "[\"a \\\"b\\\" \\\\ \\n \u00e9\"]}], \"outputs\": ["
                        + "{\"name\": \"probabilities\", \"datatype\": \"FP32\", \"shape\": [1, 2], "
                        + "\"data\": [0.25, 1.0E-9]}]}\n");
    }

    /** A missing number is fed as NaN, and its reader takes it. */
    @Test
    void writesNumbersThatAreNoneAsTheyAre() {
        byte[] json = SampleAnswers.json(
                List.of(new Feed("x", new float[] {Float.NaN, 1, Float.NEGATIVE_INFINITY}, new long[] {1, 3})),
                List.of());

        String text = new String(json, StandardCharsets.UTF_8);
        assertThat(text)
                .isEqualTo("{\"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": [1, 3], "
                        + "\"data\": [NaN, 1.0, -Infinity]}], \"outputs\": []}\n");
        JsonArray data = JsonParser.parseString(text)
                .getAsJsonObject()
                .getAsJsonArray("inputs")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("data");
        assertThat(data.get(0).getAsFloat()).isNaN();
    }
}
