package io.modelmill.worker.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads back the vocabulary that {@link TokenizerFile} wrote. Of a file that somebody else wrote it may understand nothing. */
final class VocabularyReader {
    private static final String BEGIN = "\"vocab\":{";
    private static final int HEXADECIMAL = 16;
    private static final int DIGITS = 4;

    private final String json;
    private int at;

    private VocabularyReader(String json, int at) {
        this.json = json;
        this.at = at;
    }

    /** Answers the texts of tokens by number, padding and the unknown token first; empty if there are none of this form. */
    static Optional<List<String>> texts(byte[] file) {
        String json = new String(file, StandardCharsets.UTF_8);
        int begin = json.indexOf(BEGIN);
        if (begin < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(new VocabularyReader(json, begin + BEGIN.length()).read());
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private List<String> read() {
        List<String> texts = new ArrayList<>();
        while (json.charAt(at) == '"') {
            String text = text();
            int end = at;
            while (Character.isDigit(json.charAt(end + 1))) {
                end++;
            }
            if (json.charAt(at) != ':' || Integer.parseInt(json, at + 1, end + 1, 10) != texts.size()) {
                throw new NumberFormatException("another form");
            }
            texts.add(text);
            at = end + 2;
        }
        return texts;
    }

    private String text() {
        var text = new StringBuilder();
        at++;
        while (json.charAt(at) != '"') {
            char unit = json.charAt(at++);
            if (unit != '\\') {
                text.append(unit);
            } else if (json.charAt(at) == 'u') {
                text.append((char) Integer.parseInt(json, at + 1, at + 1 + DIGITS, HEXADECIMAL));
                at += 1 + DIGITS;
            } else {
                text.append(json.charAt(at++));
            }
        }
        at++;
        return text.toString();
    }
}
