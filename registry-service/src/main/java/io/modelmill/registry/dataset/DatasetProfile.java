package io.modelmill.registry.dataset;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the files of a data set hold.
 *
 * @param rowCount without headers
 * @param columns in the files' order
 * @param subsetRowCounts by {@code train}, {@code validation} and {@code test}, which stand in that order; empty if the files
 *     do not tell them apart
 */
record DatasetProfile(long rowCount, List<Column> columns, Map<String, Long> subsetRowCounts) {
    DatasetProfile {
        columns = List.copyOf(columns);
        subsetRowCounts = Collections.unmodifiableMap(new LinkedHashMap<>(subsetRowCounts));
    }
}
