package io.modelmill.trainingspec.job;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a data-set version before its rows are read.
 *
 * @param sizeBytes of its files
 * @param subsetRows rows of {@code train}, {@code validation} and {@code test}, where the files tell them apart
 */
public record DatasetFacts(long rows, long sizeBytes, List<Column> columns, Map<String, Long> subsetRows) {
    /** Distinct values of a column are known up to so many. */
    public static final int MOST_DISTINCT_VALUES = 1_000;

    public DatasetFacts {
        columns = List.copyOf(columns);
        subsetRows = Map.copyOf(subsetRows);
    }

    Optional<Column> column(String name) {
        return columns.stream().filter(column -> column.name().equals(name)).findFirst();
    }

    /** What stands in a column. */
    public enum Kind {
        NUMBER,
        TEXT,
        TENSOR
    }

    /**
     * One column.
     *
     * @param shape axes of a row of tensors; else empty
     * @param valueBytes of a tensor's value; else 0
     * @param distinctValues in order; empty if there are more than {@value #MOST_DISTINCT_VALUES}
     * @param missing empty cells
     */
    public record Column(
            String name, Kind kind, List<Long> shape, int valueBytes, List<String> distinctValues, long missing) {
        public Column {
            shape = List.copyOf(shape);
            distinctValues = List.copyOf(distinctValues);
        }

        /** A column of a table. */
        public static Column of(String name, Kind kind, List<String> distinctValues, long missing) {
            return new Column(name, kind, List.of(), 0, distinctValues, missing);
        }
    }
}
