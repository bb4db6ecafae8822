package io.modelmill.worker.card;

import java.util.LinkedHashMap;
import java.util.Map;

/** How a version wants to be served, as the file that inference-service reads beside the graph. */
public final class ServingFile {
    /** The file of a version. */
    public static final String NAME = "serving.json";

    private ServingFile() {}

    /** The least that the file may say: some tokenizers put a token before and one behind a text. */
    private static final int FEWEST_TOKENS = 3;

    /**
     * Texts in, the graph's own answer for each out.
     *
     * @param tokenizer the file that makes tokens of texts
     * @param maxTokens of a text, as in training
     * @param output the graph's, a row for each text
     */
    public static byte[] ofTexts(String tokenizer, int maxTokens, String output) {
        Map<String, Object> pipeline = new LinkedHashMap<>();
        pipeline.put("tokenizer", tokenizer);
        pipeline.put("maxTokens", Math.max(FEWEST_TOKENS, maxTokens));
        pipeline.put("output", output);
        pipeline.put("pooling", "NONE");
        return Facts.json(Map.of("pipeline", pipeline));
    }
}
