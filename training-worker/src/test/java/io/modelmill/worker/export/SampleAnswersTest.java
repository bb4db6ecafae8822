package io.modelmill.worker.export;

import static org.assertj.core.api.Assertions.assertThat;

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
                        + "[\"a \\\"b\\\" \\\\ \\u000a \u00e9\"]}], \"outputs\": ["
                        + "{\"name\": \"probabilities\", \"datatype\": \"FP32\", \"shape\": [1, 2], "
                        + "\"data\": [0.25, 1.0E-9]}]}\n");
    }
}
