package io.modelmill.registry.dataset;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.RowCursor;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Grows with the cells of one column. */
final class ColumnProfile {
    private static final int MOST_DISTINCT = 1_000;
    /** Longer texts are no classes, and would make the profile as large as the file. */
    private static final int LONGEST_DISTINCT = 256;

    /** What a short text costs beside its characters. */
    private static final int BYTES_BESIDE_TEXT = 64;

    private final String name;
    private final int index;
    private final Optional<ColumnType> known;
    private final Set<String> distinct = new HashSet<>();
    private boolean countsDistinct = true;
    private long weight;
    private boolean allNumbers = true;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private long missing;
    private long present;

    /** @param known the type that its cells must have; empty to infer it */
    ColumnProfile(String name, int index, Optional<ColumnType> known) {
        this.name = name;
        this.index = index;
        this.known = known;
    }

    String name() {
        return name;
    }

    /**
     * Takes the row's cell.
     *
     * @throws BadDataException if it is no number in a column that must hold numbers
     */
    void add(RowCursor row) {
        String cell = row.text(index);
        if (cell.isEmpty()) {
            missing++;
            return;
        }
        present++;
        if (countsDistinct && distinct.add(cell)) {
            weight += BYTES_BESIDE_TEXT + cell.length();
            if (distinct.size() > MOST_DISTINCT || cell.length() > LONGEST_DISTINCT) {
                forgetValues();
            }
        }
        boolean mustBeNumber = known.filter(ColumnType.NUMBER::equals).isPresent();
        if (allNumbers || mustBeNumber) {
            try {
                double number = row.number(index);
                min = Math.min(min, number);
                max = Math.max(max, number);
            } catch (BadDataException e) {
                allNumbers = false;
                if (mustBeNumber) {
                    throw e;
                }
            }
        }
    }

    /** About how many bytes of memory its distinct values take. */
    long weight() {
        return weight;
    }

    /** Gives its distinct values up. */
    void forgetValues() {
        countsDistinct = false;
        distinct.clear();
        weight = 0;
    }

    /** What was seen. A column without any value is text, unless it is known to be something else. */
    Column finish() {
        boolean numbers = allNumbers && present > 0;
        ColumnType type = known.orElse(numbers ? ColumnType.NUMBER : ColumnType.TEXT);
        Comparator<String> order = Comparator.naturalOrder();
        if (numbers) {
            order = Comparator.<String>comparingDouble(Double::parseDouble).thenComparing(order);
        }
        List<String> values = distinct.stream().sorted(order).toList();
        boolean measured = type == ColumnType.NUMBER && present > 0;
        return new Column(name, type, values, measured ? min : 0, measured ? max : 0, missing);
    }
}
