package io.modelmill.registry.dataset;

import java.time.Instant;

/** One immutable version of a data set. */
public record DatasetVersion(
        DatasetKey dataset, long number, String sha256, long sizeBytes, CsvProfile profile, Instant createTime) {
    /** Resource name. */
    public String name() {
        return name(dataset, number);
    }

    static String name(DatasetKey dataset, long number) {
        return dataset.name() + "/versions/" + number;
    }
}
