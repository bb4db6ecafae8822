package io.modelmill.training.spec;

import java.util.List;
import java.util.Optional;

/** What the registry knows of a data-set version. */
public record DatasetFacts(long rows, List<Column> columns) {
    public DatasetFacts {
        columns = List.copyOf(columns);
    }

    Optional<Column> column(String name) {
        return columns.stream().filter(column -> column.name().equals(name)).findFirst();
    }

    /**
     * One column.
     *
     * @param number whether all its cells are numbers
     * @param distinctValues how many there are; 0 if more than 1,000
     * @param missing empty cells
     */
    public record Column(String name, boolean number, int distinctValues, long missing) {}
}
