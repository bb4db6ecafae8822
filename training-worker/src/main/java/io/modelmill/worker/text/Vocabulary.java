package io.modelmill.worker.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tokens that are known, by number. */
public final class Vocabulary {
    /** Number of what stands behind the end of a row. */
    public static final int PADDING = 0;
    /** Number of all tokens that are not known. */
    public static final int UNKNOWN = 1;

    /** No text is cut into these two: a token of several characters is of letters and digits. */
    static final String PADDING_TEXT = "[PAD]";

    static final String UNKNOWN_TEXT = "[UNK]";

    private final List<String> texts;
    private final Map<String, Integer> numbers = new HashMap<>();

    /** @param known the texts of tokens, the most frequent first */
    Vocabulary(List<String> known) {
        List<String> all = new ArrayList<>(List.of(PADDING_TEXT, UNKNOWN_TEXT));
        all.addAll(known);
        this.texts = List.copyOf(all);
        for (int number = 0; number < texts.size(); number++) {
            numbers.put(texts.get(number), number);
        }
    }

    /** The token's number. */
    public int number(String token) {
        return numbers.getOrDefault(token, UNKNOWN);
    }

    /** Texts of tokens by number. */
    public List<String> texts() {
        return texts;
    }

    /** Tokens that there are. */
    public int size() {
        return texts.size();
    }
}
