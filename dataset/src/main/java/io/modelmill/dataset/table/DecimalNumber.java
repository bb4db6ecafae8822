package io.modelmill.dataset.table;

import java.util.OptionalDouble;

/** Finite decimal numbers as cells write them, such as {@code -1.5e-3}. */
final class DecimalNumber {
    private DecimalNumber() {}

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
