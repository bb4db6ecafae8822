package io.modelmill.dataset.table;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.source.Quotes;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** Finite decimal numbers as cells write them, such as {@code -1.5e-3}. */
public final class DecimalNumber {
    private DecimalNumber() {}

    /**
     * The number in a cell.
     *
     * @return NaN where the cell is empty
     * @throws BadDataException of the row where it is no number
     */
    public static double read(String cell, Supplier<String> place, String column) {
        if (cell.isEmpty()) {
            return Double.NaN;
        }
        return parse(cell)
                .orElseThrow(() -> BadDataException.ofRow(place.get() + ", column " + Quotes.quote(column) + ": "
                        + Quotes.quote(cell) + " (expected: a finite decimal number)"));
    }

    /** The number; empty for all else that Java reads as one: NaN, infinities, hexadecimal, suffixes, blanks around. */
    static OptionalDouble parse(String cell) {
        for (int index = 0; index < cell.length(); index++) {
            char character = cell.charAt(index);
            boolean decimal = (character >= '0' && character <= '9')
                    || character == '.'
                    || character == '-'
                    || character == '+'
                    || character == 'e'
                    || character == 'E';
            if (!decimal) {
                return OptionalDouble.empty();
            }
        }
        try {
            double number = Double.parseDouble(cell);
            return Double.isFinite(number) ? OptionalDouble.of(number) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }
}
