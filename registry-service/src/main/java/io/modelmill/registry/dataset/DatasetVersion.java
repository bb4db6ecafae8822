package io.modelmill.registry.dataset;

import io.modelmill.dataset.DatasetFormat;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One immutable version of a data set; only its state moves on.
 *
 * @param files none if it is PURGED
 * @param revision rises with every change of the state
 * @param deleteTime when it was deleted; empty if it is ACTIVE
 * @param purgeTime when it may be purged, or was; empty if it is ACTIVE
 */
record DatasetVersion(
        DatasetKey dataset,
        long number,
        DatasetFormat format,
        List<VersionFile> files,
        DatasetProfile profile,
        Instant createTime,
        DatasetVersionState state,
        long revision,
        Optional<Instant> deleteTime,
        Optional<Instant> purgeTime) {
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

    /** Changes with the state. */
    String etag() {
        return Long.toString(revision);
    }

    static String name(DatasetKey dataset, long number) {
        return dataset.name() + "/versions/" + number;
    }
}
