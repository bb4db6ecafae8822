package io.modelmill.worker.data;

import io.modelmill.worker.failure.JobFailedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** What a network learns to answer for each row. */
public sealed interface Targets {
    /** Number of rows. */
    int count();

    /** Outputs that the network's last layer must have. */
    int outputWidth();

    /**
     * One of several classes.
     *
     * @param labels names as they stand in the file, by index: in numeric order if all are numbers, else as text
     * @param indices class of each row
     */
    @SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
    record Classes(List<String> labels, int[] indices) implements Targets {
        @Override
        public int count() {
            return indices.length;
        }

        @Override
        public int outputWidth() {
            return labels.size();
        }
    }

    /** A number for each row. */
    @SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
    record Numbers(float[] values) implements Targets {
        @Override
        public int count() {
            return values.length;
        }

        @Override
        public int outputWidth() {
            return 1;
        }
    }

    /** Reads the labels as classes. */
    static Classes classes(Rows rows, String column) {
        var distinct = new LinkedHashSet<>(rows.labels());
        if (distinct.contains("")) {
            throw new JobFailedException("line %d, column `%s`: empty (expected: a class)"
                    .formatted(rows.lines()[rows.labels().indexOf("")], column));
        }
        for (String label : distinct) {
            if (label.chars().anyMatch(Character::isISOControl)) {
                throw new JobFailedException(
                        "line %d, column `%s`: a class with a line break or another control character (expected: printable characters)"
                                .formatted(rows.lines()[rows.labels().indexOf(label)], column));
            }
        }
        if (distinct.size() < 2) {
            throw new JobFailedException("column `%s` has %d distinct value(s) (expected: at least 2 classes)"
                    .formatted(column, distinct.size()));
        }
        List<String> labels = new ArrayList<>(distinct);
        Comparator<String> byText = Comparator.naturalOrder();
        labels.sort(
                isNumeric(labels)
                        ? Comparator.<String>comparingDouble(Double::parseDouble)
                                .thenComparing(byText)
                        : byText);
        Map<String, Integer> index = new HashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            index.put(labels.get(i), i);
        }
        int[] indices = rows.labels().stream().mapToInt(index::get).toArray();
        return new Classes(List.copyOf(labels), indices);
    }

    /** Reads the labels as numbers. */
    static Numbers numbers(Rows rows, String column) {
        float[] values = new float[rows.count()];
        for (int row = 0; row < values.length; row++) {
            values[row] = NumberCell.parse(rows.labels().get(row), rows.lines()[row], column);
        }
        return new Numbers(values);
    }

    private static boolean isNumeric(List<String> labels) {
        return labels.stream().allMatch(label -> {
            if (!NumberCell.isDecimal(label)) {
                return false;
            }
            try {
                return Double.isFinite(Double.parseDouble(label));
            } catch (NumberFormatException e) {
                return false;
            }
        });
    }
}
