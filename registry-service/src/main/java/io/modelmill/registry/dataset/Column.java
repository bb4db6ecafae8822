package io.modelmill.registry.dataset;

import java.util.List;

/**
 * One column and what was seen in it.
 *
 * @param distinctValues as written in the file, in order (numeric if all are numbers); empty if there are too many
 * @param min smallest number; 0 for text
 * @param max largest number; 0 for text
 * @param missingCount empty cells
 */
record Column(String name, ColumnType type, List<String> distinctValues, double min, double max, long missingCount) {
    Column {
        distinctValues = List.copyOf(distinctValues);
    }

    /** The same column with its values forgotten. */
    Column withoutDistinctValues() {
        return new Column(name, type, List.of(), min, max, missingCount);
    }
}
