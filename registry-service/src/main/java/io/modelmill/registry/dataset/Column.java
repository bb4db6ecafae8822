package io.modelmill.registry.dataset;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One column and what was seen in it.
 *
 * @param distinctValues as written in the file, in order (numeric if all are numbers); empty if there are too many
 * @param min smallest number; 0 for all else
 * @param max largest number; 0 for all else
 * @param missingCount empty cells
 * @param shape axes of a row of a tensor; empty for all else
 * @param datatype the Open Inference Protocol's, of a tensor; empty for all else
 */
record Column(
        String name,
        ColumnType type,
        List<String> distinctValues,
        double min,
        double max,
        long missingCount,
        List<Long> shape,
        String datatype) {
    Column {
        distinctValues = List.copyOf(distinctValues);
        shape = List.copyOf(orElse(shape, List.of()));
        datatype = orElse(datatype, "");
    }

    /** A column of cells. */
    Column(String name, ColumnType type, List<String> distinctValues, double min, double max, long missingCount) {
        this(name, type, distinctValues, min, max, missingCount, List.of(), "");
    }

    /** A column of tensors. */
    static Column tensor(String name, List<Long> shape, String datatype) {
        return new Column(name, ColumnType.TENSOR, List.of(), 0, 0, 0, shape, datatype);
    }

    /** The same column with its values forgotten. */
    Column withoutDistinctValues() {
        return new Column(name, type, List.of(), min, max, missingCount, shape, datatype);
    }

    /** Columns that were stored before there were tensors lack what only they have. */
    private static <T> T orElse(@Nullable T stored, T otherwise) {
        return Objects.requireNonNullElse(stored, otherwise);
    }
}
