package io.modelmill.registry.dataset;

import java.util.List;

/**
 * What a CSV file holds.
 *
 * @param rowCount without the header
 * @param columns in the file's order
 */
record CsvProfile(long rowCount, List<Column> columns) {
    CsvProfile {
        columns = List.copyOf(columns);
    }
}
