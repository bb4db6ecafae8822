package io.modelmill.inference.pipeline;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;

/** A tokenizer.json, ready for use by many threads at a time. No call may follow its close. */
final class TextTokenizer implements AutoCloseable {
    /** A first guess at how much of a long text is needed. */
    private static final int CHARACTERS_PER_TOKEN = 32;
    /** What is looked at of one text at most; a tokenizer's time grows with it. */
    private static final int MOST_CHARACTERS = 1 << 20;

    private final HuggingFaceTokenizer tokenizer;
    private final int maxTokens;

    private TextTokenizer(HuggingFaceTokenizer tokenizer, int maxTokens) {
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
    }

    /**
     * Unpacks the native library and sees to it that nothing is looked for on the network: the library's own way is to
     * fetch what does not suit the machine and to report its use.
     */
    static void prepare(Path nativeDirectory) {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        // Else a machine with CUDA is asked for its version, and a library that is not on the class path wanted.
        System.setProperty("RUST_FLAVOR", "cpu");
        System.setProperty("ENGINE_CACHE_DIR", nativeDirectory.toString());
        System.setProperty("DJL_CACHE_DIR", nativeDirectory.toString());
    }

    /**
     * Reads the file.
     *
     * @param maxTokens longer texts are cut, special tokens counted
     * @throws IOException if it cannot be read
     * @throws RuntimeException if it is no tokenizer
     */
    static TextTokenizer open(Path file, int maxTokens) throws IOException {
        return new TextTokenizer(
                HuggingFaceTokenizer.builder()
                        .optTokenizerPath(file)
                        .optAddSpecialTokens(true)
                        .optTruncation(true)
                        .optMaxLength(maxTokens)
                        .optPadding(false)
                        .build(),
                maxTokens);
    }

    /**
     * Tokenizes one text. Of a long one only as much is looked at as its tokens need: a beginning that ends between two
     * words and does not fill the tokens is not enough.
     */
    Tokens encode(String text) {
        int end = CHARACTERS_PER_TOKEN * maxTokens;
        while (end < text.length() && end < MOST_CHARACTERS) {
            Tokens tokens = encodeWhole(beginning(text, end));
            if (tokens.count() >= maxTokens) {
                return tokens;
            }
            end *= 2;
        }
        return encodeWhole(beginning(text, Math.min(end, MOST_CHARACTERS)));
    }

    private static String beginning(String text, int end) {
        if (end >= text.length()) {
            return text;
        }
        for (int at = end; at > end / 2; at--) {
            if (Character.isWhitespace(text.charAt(at))) {
                return text.substring(0, at);
            }
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }

    private Tokens encodeWhole(String text) {
        Encoding encoding = tokenizer.encode(text, true, false);
        return new Tokens(encoding.getIds(), encoding.getTypeIds());
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    /** One text's tokens, special ones among them, without padding. */
    record Tokens(long[] ids, long[] types) {
        int count() {
            return ids.length;
        }
    }
}
