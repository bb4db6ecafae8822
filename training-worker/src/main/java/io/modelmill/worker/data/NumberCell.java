package io.modelmill.worker.data;

import io.modelmill.worker.failure.JobFailedException;

/** Reads a finite decimal number from a cell as the 32-bit float that a model takes. */
final class NumberCell {
    private NumberCell() {}

    static float parse(String cell, int line, String column) {
        if (cell.isEmpty()) {
            throw new JobFailedException("line %d, column `%s`: empty (expected: a number)".formatted(line, column));
        }
        if (!isDecimal(cell)) {
            throw new JobFailedException(
                    "line %d, column `%s`: `%s` (expected: a number)".formatted(line, column, shortened(cell)));
        }
        float value;
        try {
            value = Float.parseFloat(cell);
        } catch (NumberFormatException e) {
            throw new JobFailedException(
                    "line %d, column `%s`: `%s` (expected: a number)".formatted(line, column, shortened(cell)));
        }
        if (!Float.isFinite(value)) {
            throw new JobFailedException("line %d, column `%s`: `%s` (expected: a number from %s to %s)"
                    .formatted(line, column, shortened(cell), -Float.MAX_VALUE, Float.MAX_VALUE));
        }
        return value;
    }

    /** Java's parser also reads NaN, Infinity, hexadecimal numbers, suffixes and blanks around, which are no data. */
    static boolean isDecimal(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean allowed = (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    private static String shortened(String cell) {
        return cell.length() <= 40 ? cell : cell.substring(0, 40) + "...";
    }
}
