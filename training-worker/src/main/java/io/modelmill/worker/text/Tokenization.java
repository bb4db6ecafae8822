package io.modelmill.worker.text;

import java.util.function.Consumer;

/**
 * How a text is cut into tokens. {@link TokenizerFile} says the same to others.
 *
 * @param unit of a token
 * @param keepsSpaces whether white space is a token of each character and not only between words; characters always keep it
 * @param lowercase whether letters are made lower case
 */
public record Tokenization(Unit unit, boolean keepsSpaces, boolean lowercase) {
    /** All that is white space, as a list of characters and ranges. */
    static final String SPACES = "\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";

    private static final int LETTERS_MARKS_AND_DIGITS = 1 << Character.UPPERCASE_LETTER
            | 1 << Character.LOWERCASE_LETTER
            | 1 << Character.TITLECASE_LETTER
            | 1 << Character.MODIFIER_LETTER
            | 1 << Character.OTHER_LETTER
            | 1 << Character.NON_SPACING_MARK
            | 1 << Character.ENCLOSING_MARK
            | 1 << Character.COMBINING_SPACING_MARK
            | 1 << Character.DECIMAL_DIGIT_NUMBER
            | 1 << Character.LETTER_NUMBER
            | 1 << Character.OTHER_NUMBER;

    /** The one letter that is two in lower case, whatever stands around it. */
    private static final int DOTTED_CAPITAL_I = 0x130;

    /** What a token is. */
    public enum Unit {
        /** A character, by its code point. */
        CHARACTER,
        /** A run of letters, digits and marks on them, or any other single character. */
        WORD
    }

    /** Cuts a text. */
    public void cut(String text, Consumer<String> tokens) {
        String normal = lowercase ? lower(text) : text;
        int at = 0;
        while (at < normal.length()) {
            int end = end(normal, at);
            if (unit == Unit.CHARACTER || keepsSpaces || !isSpace(normal.codePointAt(at))) {
                tokens.accept(normal.substring(at, end));
            }
            at = end;
        }
    }

    /** Whether a text has any token. */
    public boolean cuts(String text) {
        return unit == Unit.CHARACTER || keepsSpaces
                ? !text.isEmpty()
                : !text.codePoints().allMatch(Tokenization::isSpace);
    }

    private int end(String text, int start) {
        int end = start + Character.charCount(text.codePointAt(start));
        if (unit == Unit.WORD && isWord(text.codePointAt(start))) {
            while (end < text.length() && isWord(text.codePointAt(end))) {
                end += Character.charCount(text.codePointAt(end));
            }
        }
        return end;
    }

    private static boolean isWord(int codePoint) {
        return (LETTERS_MARKS_AND_DIGITS >> Character.getType(codePoint) & 1) != 0;
    }

    private static boolean isSpace(int codePoint) {
        return codePoint == ' '
                || (codePoint >= '\t' && codePoint <= '\r')
                || (codePoint >= 0x2000 && codePoint <= 0x200A)
                || (codePoint > 0x7F && "\u0085\u00A0\u1680\u2028\u2029\u202F\u205F\u3000".indexOf(codePoint) >= 0);
    }

    /** Letter by letter, as tokenizers do it: Java's own way looks at what stands around a sigma. */
    private static String lower(String text) {
        var lower = new StringBuilder(text.length());
        text.codePoints().forEach(codePoint -> {
            if (codePoint == DOTTED_CAPITAL_I) {
                lower.append("i\u0307");
            } else {
                lower.appendCodePoint(Character.toLowerCase(codePoint));
            }
        });
        return lower.toString();
    }
}
