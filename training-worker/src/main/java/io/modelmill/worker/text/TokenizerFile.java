package io.modelmill.worker.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.modelmill.worker.failure.JobFailedException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Writes a vocabulary as the {@code tokenizer.json} of Hugging Face's tokenizers: whoever reads it gets the numbers on which
 * the model was trained.
 */
public final class TokenizerFile {
    /** Its name among a version's files. */
    public static final String NAME = "tokenizer.json";

    private static final String WORD = "\\p{L}\\p{M}\\p{N}";
    private static final String MODEL = "model";
    private static final String VOCABULARY = "vocab";

    private TokenizerFile() {}

    /**
     * The file's bytes.
     *
     * @param maxLength of a text, longer ones being cut
     * @param keepsEnd whether the end of a longer text is kept, as for what goes on behind it, and not its beginning
     */
    public static byte[] write(Tokenization tokenization, Vocabulary vocabulary, int maxLength, boolean keepsEnd) {
        return tree(tokenization, vocabulary, maxLength, keepsEnd).toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads the vocabulary of a file that says what {@link #write} says for the same settings.
     *
     * @throws JobFailedException when the file is another
     */
    public static Vocabulary read(byte[] file, Tokenization tokenization, int maxLength, boolean keepsEnd) {
        JsonElement given = parsed(file);
        return Optional.of(texts(given))
                .filter(texts -> texts.size() >= 2)
                .map(texts -> new Vocabulary(texts.subList(2, texts.size())))
                .filter(known -> tree(tokenization, known, maxLength, keepsEnd).equals(given))
                .orElseThrow(() -> new JobFailedException(
                        "data.text: other settings than those of the parent's %s (expected: tokens, max_length and lowercase of the job that made it)"
                                .formatted(NAME)));
    }

    /** Null for what is no JSON: a file of others is refused for what it says, however it is written. */
    private static JsonElement parsed(byte[] file) {
        var json = new JsonReader(new StringReader(new String(file, StandardCharsets.UTF_8)));
        json.setStrictness(Strictness.STRICT);
        try {
            JsonElement element = JsonParser.parseReader(json);
            return json.peek() == JsonToken.END_DOCUMENT ? element : JsonNull.INSTANCE;
        } catch (JsonParseException | IOException e) {
            return JsonNull.INSTANCE;
        }
    }

    /** The texts of tokens in the file's order, padding and the unknown token first if the file is one of ours. */
    private static List<String> texts(JsonElement file) {
        return file instanceof JsonObject root
                        && root.get(MODEL) instanceof JsonObject model
                        && model.get(VOCABULARY) instanceof JsonObject numbers
                ? List.copyOf(numbers.keySet())
                : List.of();
    }

    private static JsonObject tree(Tokenization tokenization, Vocabulary vocabulary, int maxLength, boolean keepsEnd) {
        var file = new JsonObject();
        file.addProperty("version", "1.0");
        file.add("truncation", truncation(maxLength, keepsEnd));
        file.add("padding", JsonNull.INSTANCE);
        // No token is added by its text: "[PAD]" in a text is five tokens of it like any others.
        file.add("added_tokens", new JsonArray());
        file.add("normalizer", tokenization.lowercase() ? ofType("Lowercase") : JsonNull.INSTANCE);
        file.add("pre_tokenizer", split(tokenization));
        file.add("post_processor", JsonNull.INSTANCE);
        file.add("decoder", joins(tokenization) ? ofType("Fuse") : JsonNull.INSTANCE);
        file.add(MODEL, model(vocabulary));
        return file;
    }

    private static JsonObject truncation(int maxLength, boolean keepsEnd) {
        var truncation = new JsonObject();
        truncation.addProperty("direction", keepsEnd ? "Left" : "Right");
        truncation.addProperty("max_length", maxLength);
        truncation.addProperty("strategy", "LongestFirst");
        truncation.addProperty("stride", 0);
        return truncation;
    }

    private static JsonObject split(Tokenization tokenization) {
        var pattern = new JsonObject();
        pattern.addProperty("Regex", pattern(tokenization));
        JsonObject split = ofType("Split");
        split.add("pattern", pattern);
        // The pattern is what is kept and not what is between, and what is between is removed.
        split.addProperty("behavior", "Removed");
        split.addProperty("invert", true);
        return split;
    }

    private static JsonObject model(Vocabulary vocabulary) {
        var numbers = new JsonObject();
        for (String text : vocabulary.texts()) {
            numbers.addProperty(text, numbers.size());
        }
        JsonObject model = ofType("WordLevel");
        model.add(VOCABULARY, numbers);
        model.addProperty("unk_token", Vocabulary.UNKNOWN_TEXT);
        return model;
    }

    private static JsonObject ofType(String type) {
        var object = new JsonObject();
        object.addProperty("type", type);
        return object;
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
}
