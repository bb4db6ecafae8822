package io.modelmill.servicekit.filter;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a field is compared with a value. */
public enum Comparator {
    LESS_OR_EQUAL("<="),
    GREATER_OR_EQUAL(">="),
    NOT_EQUAL("!="),
    LESS("<"),
    GREATER(">"),
    EQUAL("="),
    /** The list or map has the value, the field is set for {@code *}. */
    HAS(":");

    private final String symbol;

    Comparator(String symbol) {
        this.symbol = symbol;
    }

    /** As a filter writes it. */
    public String symbol() {
        return symbol;
    }

    /** The comparator that begins at the place; the longer where two do. */
    static Optional<Comparator> at(String text, int start) {
        return Arrays.stream(values())
                .filter(comparator -> text.startsWith(comparator.symbol, start))
                .findFirst();
    }

    static String all() {
        return Arrays.stream(values()).map(Comparator::symbol).collect(Collectors.joining(" "));
    }
}
