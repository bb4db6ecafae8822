package io.modelmill.worker.text;

import io.modelmill.worker.failure.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a vocabulary as the {@code tokenizer.json} of Hugging Face's tokenizers: whoever reads it gets the numbers on which
 * the model was trained.
 */
public final class TokenizerFile {
    /** Its name among a version's files. */
    public static final String NAME = "tokenizer.json";

    private static final String WORD = "\\p{L}\\p{M}\\p{N}";

    private TokenizerFile() {}

    /**
     * The file's bytes.
     *
     * @param maxLength of a text, longer ones being cut
     * @param keepsEnd whether the end of a longer text is kept, as for what goes on behind it, and not its beginning
     */
    public static byte[] write(Tokenization tokenization, Vocabulary vocabulary, int maxLength, boolean keepsEnd) {
        var json = new StringBuilder("{\"version\":\"1.0\",\"truncation\":{\"direction\":");
        json.append(keepsEnd ? "\"Left\"" : "\"Right\"")
                .append(",\"max_length\":")
                .append(maxLength)
                .append(",\"strategy\":\"LongestFirst\",\"stride\":0},\"padding\":null");
        // No token is added by its text: "[PAD]" in a text is five tokens of it like any others.
        json.append(",\"added_tokens\":[],\"normalizer\":")
                .append(tokenization.lowercase() ? "{\"type\":\"Lowercase\"}" : "null");
        json.append(",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":");
        quote(json, pattern(tokenization));
        // The pattern is what is kept and not what is between, and what is between is removed.
        json.append("},\"behavior\":\"Removed\",\"invert\":true},\"post_processor\":null,\"decoder\":")
                .append(joins(tokenization) ? "{\"type\":\"Fuse\"}" : "null")
                .append(",\"model\":{\"type\":\"WordLevel\",\"vocab\":{");
        List<String> texts = vocabulary.texts();
        for (int number = 0; number < texts.size(); number++) {
            json.append(number == 0 ? "" : ",");
            quote(json, texts.get(number));
            json.append(':').append(number);
        }
        json.append("},\"unk_token\":");
        quote(json, Vocabulary.UNKNOWN_TEXT);
        return json.append("}}").toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads the vocabulary of a file that {@link #write} wrote for the same settings.
     *
     * @throws JobFailedException when the file is another
     */
    public static Vocabulary read(byte[] file, Tokenization tokenization, int maxLength, boolean keepsEnd) {
        return VocabularyReader.texts(file)
                .filter(texts -> texts.size() >= 2)
                .map(texts -> new Vocabulary(texts.subList(2, texts.size())))
                .filter(known -> Arrays.equals(write(tokenization, known, maxLength, keepsEnd), file))
                .orElseThrow(() -> new JobFailedException(
                        "data.text: other settings than those of the parent's %s (expected: tokens, max_length and lowercase of the job that made it)"
                                .formatted(NAME)));
    }

    /** Whether tokens one behind the other are the text again. */
    private static boolean joins(Tokenization tokenization) {
        return tokenization.unit() == Tokenization.Unit.CHARACTER || tokenization.keepsSpaces();
    }

    private static String pattern(Tokenization tokenization) {
        if (tokenization.unit() == Tokenization.Unit.CHARACTER) {
            return "[\\s\\S]";
        }
        return "[%s]+|[^%s%s]".formatted(WORD, WORD, tokenization.keepsSpaces() ? "" : Tokenization.SPACES);
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == '"' || unit == '\\') {
                json.append('\\').append(unit);
            } else if (unit < ' ' || unit == 0x7F || unit == 0x2028 || unit == 0x2029) {
                json.append("\\u%04x".formatted((int) unit));
            } else {
                json.append(unit);
            }
        }
        json.append('"');
    }
}
