package io.modelmill.worker.data;

import io.modelmill.worker.store.Records;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The file that names the rows that did not train. */
final class HeldOutRows {
    private static final String NAME = "held-out-rows.json";

    private HeldOutRows() {}

    /** @param numbers of the rows, from 0 in the data set's order */
    static Map<String, byte[]> file(Records numbers) {
        var json = new StringBuilder("[");
        for (long row = 0; row < numbers.count(); row++) {
            json.append(row == 0 ? "" : ", ").append(numbers.longAt(row, 0));
        }
        return Map.of(NAME, json.append(']').toString().getBytes(StandardCharsets.UTF_8));
    }
}
