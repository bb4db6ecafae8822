package io.modelmill.servicekit.filter;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.filter.Filter.And;
import io.modelmill.servicekit.filter.Filter.Comparison;
import io.modelmill.servicekit.filter.Filter.Not;
import io.modelmill.servicekit.filter.Filter.Or;
import io.modelmill.servicekit.filter.FilterTokens.Kind;
import io.modelmill.servicekit.filter.FilterTokens.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Reads a subset of AIP-160: comparisons joined by AND, OR, NOT (or {@code -}) and brackets. As there, OR binds more tightly
 * than AND. Words without a comparator, functions and comparisons with another field are refused.
 */
final class FilterParser {
    private static final int LONGEST = 2_000;
    private static final int MOST_COMPARISONS = 50;
    private static final int DEEPEST = 20;
    private static final Pattern FIELD = Pattern.compile("[a-z][a-z0-9_]*(\\.[A-Za-z0-9_-]+)*");

    private final List<Token> tokens;
    private int next;
    private int comparisons;
    private int depth;

    FilterParser(String text) {
        if (text.length() > LONGEST) {
            throw Violations.of("filter", text.length() + " characters", "at most " + LONGEST);
        }
        this.tokens = FilterTokens.of(text);
    }

    Filter parse() {
        if (peek().kind() == Kind.END) {
            return new And(List.of());
        }
        Filter filter = expression();
        if (peek().kind() != Kind.END) {
            throw FilterTokens.wrong(peek().text(), peek().position(), "AND, OR or the end");
        }
        return filter;
    }

    private Filter expression() {
        return joined("AND", this::factor, And::new);
    }

    private Filter factor() {
        return joined("OR", this::term, Or::new);
    }

    private Filter joined(String word, Supplier<Filter> operand, Function<List<Filter>, Filter> join) {
        List<Filter> operands = new ArrayList<>(List.of(operand.get()));
        while (peek().isWord(word)) {
            next++;
            operands.add(operand.get());
        }
        return operands.size() == 1 ? operands.getFirst() : join.apply(operands);
    }

    private Filter term() {
        Token token = peek();
        if (++depth > DEEPEST) {
            throw FilterTokens.wrong(token.text(), token.position(), "at most " + DEEPEST + " levels");
        }
        Filter term;
        if (token.isWord("NOT") || token.isWord("-")) {
            next++;
            term = new Not(term());
        } else if (token.kind() == Kind.WORD && token.text().startsWith("-")) {
            next++;
            term = new Not(comparison(new Token(Kind.WORD, token.text().substring(1), token.position() + 1)));
        } else if (token.kind() == Kind.OPEN) {
            next++;
            term = expression();
            take(Kind.CLOSE, "AND, OR or )");
        } else {
            next++;
            term = comparison(token);
        }
        depth--;
        return term;
    }

    private Filter comparison(Token field) {
        if (field.kind() != Kind.WORD || !FIELD.matcher(field.text()).matches()) {
            throw FilterTokens.wrong(field.text(), field.position(), "a field, NOT or (");
        }
        if (++comparisons > MOST_COMPARISONS) {
            throw FilterTokens.wrong(field.text(), field.position(), "at most " + MOST_COMPARISONS + " comparisons");
        }
        String symbol = take(Kind.COMPARATOR, "one of " + Comparator.all()).text();
        Token value = peek();
        if (value.kind() != Kind.WORD && value.kind() != Kind.QUOTED) {
            throw FilterTokens.wrong(value.text(), value.position(), "a value");
        }
        next++;
        return new Comparison(field.text(), Comparator.at(symbol, 0).orElseThrow(), value.text());
    }

    private Token take(Kind kind, String expected) {
        Token token = peek();
        if (token.kind() != kind) {
            throw FilterTokens.wrong(token.text(), token.position(), expected);
        }
        next++;
        return token;
    }

    private Token peek() {
        return tokens.get(next);
    }
}
