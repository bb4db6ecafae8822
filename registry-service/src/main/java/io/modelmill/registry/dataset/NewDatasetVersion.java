package io.modelmill.registry.dataset;

import io.modelmill.dataset.DatasetFormat;
import io.modelmill.servicekit.error.Violations;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A version to be made.
 *
 * @param sha256 of its only file, if that has no name; else empty
 * @param named its files, if they have names; else empty
 */
record NewDatasetVersion(DatasetFormat format, String sha256, List<NamedFile> named, List<DeclaredColumn> columns) {
    private static final int MOST_FILES = 1_000;
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

    NewDatasetVersion {
        named = List.copyOf(named);
        columns = List.copyOf(columns);
    }

    /** A file that the request names. */
    record NamedFile(String path, String sha256) {}

    /** Notes every wrong field as the request names it. */
    void check(Violations violations) {
        if (named.isEmpty()) {
            checkDigest(sha256, "dataset_version.sha256", violations);
            violations.check(
                    format != DatasetFormat.IDX,
                    "dataset_version.files",
                    "0 files",
                    "images and labels, whose names tell what they are");
        } else {
            checkFiles(violations);
        }
    }

    private void checkFiles(Violations violations) {
        violations
                .check(sha256.isEmpty(), "dataset_version.sha256", sha256, "empty, as there are files")
                .check(
                        named.size() <= MOST_FILES,
                        "dataset_version.files",
                        named.size() + " files",
                        "at most " + MOST_FILES);
        Set<String> paths = new HashSet<>();
        for (int index = 0; index < named.size() && index < MOST_FILES; index++) {
            NamedFile file = named.get(index);
            String field = "dataset_version.files[" + index + "]";
            violations
                    .check(PATH.matcher(file.path).matches(), field + ".path", file.path, PATH.pattern())
                    .check(paths.add(file.path), field + ".path", file.path, "each path once");
            checkDigest(file.sha256, field + ".sha256", violations);
        }
    }

    private static void checkDigest(String digest, String field, Violations violations) {
        violations.check(DIGEST.matcher(digest).matches(), field, digest, "64 lower-case hexadecimal digits");
    }

    /** Its files, one without a name by what it holds. */
    List<NamedFile> files() {
        return named.isEmpty() ? List.of(new NamedFile(usualName(), sha256)) : named;
    }

    private String usualName() {
        return switch (format) {
            case CSV -> "rows.csv";
            case TSV -> "rows.tsv";
            case NPZ -> "arrays.npz";
            case IDX -> "idx";
            case IMAGES -> "images.zip";
            case TEXT -> "text.txt";
        };
    }

    /** The field that the faults of the files' content belong to. */
    String contentField() {
        return named.isEmpty() ? "dataset_version.sha256" : "dataset_version.files";
    }

    /** The field that names a file. */
    String fileField(int index) {
        return named.isEmpty() ? "dataset_version.sha256" : "dataset_version.files[" + index + "].sha256";
    }
}
