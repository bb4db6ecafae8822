package io.modelmill.servicekit.filter;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Cuts a filter into words, texts in quotes, brackets and comparators. */
final class FilterTokens {
    private static final String BREAKS = "()\"'<>=!:";

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int position;

    private FilterTokens(String text) {
        this.text = text;
    }

    /** The tokens, and one of kind END behind them. */
    static List<Token> of(String text) {
        return new FilterTokens(text).cut();
    }

    private List<Token> cut() {
        while (position < text.length()) {
            char next = text.charAt(position);
            if (Character.isWhitespace(next)) {
                position++;
            } else if (next == '(' || next == ')') {
                add(next == '(' ? Kind.OPEN : Kind.CLOSE, String.valueOf(next), position + 1);
            } else if (next == '"' || next == '\'') {
                quoted(next);
            } else {
                Optional<Comparator> comparator = Comparator.at(text, position);
                if (comparator.isPresent()) {
                    String symbol = comparator.get().symbol();
                    add(Kind.COMPARATOR, symbol, position + symbol.length());
                } else {
                    word();
                }
            }
        }
        tokens.add(new Token(Kind.END, "the end", position));
        return tokens;
    }

    private void word() {
        int end = position;
        while (end < text.length()
                && !Character.isWhitespace(text.charAt(end))
                && BREAKS.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        if (end == position) {
            throw wrong(text.substring(position, position + 1), position, "one of " + Comparator.all());
        }
        add(Kind.WORD, text.substring(position, end), end);
    }

    private void quoted(char quote) {
        StringBuilder content = new StringBuilder();
        int at = position + 1;
        while (at < text.length() && text.charAt(at) != quote) {
            if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                at++;
            }
            content.append(text.charAt(at));
            at++;
        }
        if (at >= text.length()) {
            throw wrong(text.substring(position), position, "a closing " + quote);
        }
        add(Kind.QUOTED, content.toString(), at + 1);
    }

    private void add(Kind kind, String content, int end) {
        tokens.add(new Token(kind, content, position));
        position = end;
    }

    /** @param at from 0; people count from 1 */
    static ServiceException wrong(String offending, int at, String expected) {
        return Violations.of("filter", offending, expected + ", at character " + (at + 1));
    }

    enum Kind {
        WORD,
        QUOTED,
        COMPARATOR,
        OPEN,
        CLOSE,
        END
    }

    /** @param position of its first character, from 0 */
    record Token(Kind kind, String text, int position) {
        boolean isWord(String word) {
            return kind == Kind.WORD && text.equals(word);
        }
    }
}
