package io.modelmill.registry.dataset;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Grows with the cells of one column. */
final class ColumnProfile {
    private static final int MOST_DISTINCT = 1_000;
    /** Longer texts are no classes, and would make the profile as large as the file. */
    private static final int LONGEST_DISTINCT = 256;

    private final String name;
    private final Optional<ColumnType> declared;
    private final Set<String> distinct = new HashSet<>();
    private boolean countsDistinct = true;
    private boolean allNumbers = true;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private long missing;
    private long present;

    ColumnProfile(String name, Optional<ColumnType> declared) {
        this.name = name;
        this.declared = declared;
    }

    String name() {
        return name;
    }

    /** Takes a cell; false if it is no number in a column that was declared to hold numbers. */
    boolean add(String cell) {
        if (cell.isEmpty()) {
            missing++;
            return true;
        }
        present++;
        if (countsDistinct && distinct.add(cell)) {
            countsDistinct = distinct.size() <= MOST_DISTINCT && cell.length() <= LONGEST_DISTINCT;
            if (!countsDistinct) {
                distinct.clear();
            }
        }
        boolean mustBeNumber = declared.filter(ColumnType.NUMBER::equals).isPresent();
        if (!allNumbers && !mustBeNumber) {
            return true;
        }
        OptionalDouble number = DecimalNumber.parse(cell);
        if (number.isEmpty()) {
            allNumbers = false;
            return !mustBeNumber;
        }
        min = Math.min(min, number.getAsDouble());
        max = Math.max(max, number.getAsDouble());
        return true;
    }

    /** What was seen. A column without any value is text, unless declared otherwise. */
    Column finish() {
        boolean numbers = allNumbers && present > 0;
        ColumnType type = declared.orElse(numbers ? ColumnType.NUMBER : ColumnType.TEXT);
        Comparator<String> order = Comparator.naturalOrder();
        if (numbers) {
            order = Comparator.<String>comparingDouble(Double::parseDouble).thenComparing(order);
        }
        List<String> values = distinct.stream().sorted(order).toList();
        boolean measured = type == ColumnType.NUMBER && present > 0;
        return new Column(name, type, values, measured ? min : 0, measured ? max : 0, missing);
    }
}
