package io.modelmill.registry.dataset;

import io.modelmill.dataset.DatasetFormat;
import java.time.Instant;
import java.util.List;

/** One immutable version of a data set. */
record DatasetVersion(
        DatasetKey dataset,
        long number,
        DatasetFormat format,
        List<VersionFile> files,
        DatasetProfile profile,
        Instant createTime) {
    DatasetVersion {
        files = List.copyOf(files);
    }

    /** Resource name. */
    String name() {
        return name(dataset, number);
    }

    long sizeBytes() {
        return files.stream().mapToLong(VersionFile::sizeBytes).sum();
    }

    static String name(DatasetKey dataset, long number) {
        return dataset.name() + "/versions/" + number;
    }
}
