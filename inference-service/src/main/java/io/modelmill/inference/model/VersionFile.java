package io.modelmill.inference.model;

import java.util.regex.Pattern;

/**
 * One file of a version.
 *
 * @param path relative to the version's folder
 * @param graph whether it is the ONNX model itself
 * @param sha256 of its bytes, 64 lower-case hexadecimal digits; empty for a file that is served from where its owner keeps
 *     it, whose bytes nobody announced
 * @param sizeBytes of it
 */
public record VersionFile(String path, boolean graph, String sha256, long sizeBytes) {
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** Whether a file of a version may have this path. */
    public static boolean isPath(String path) {
        return PATH.matcher(path).matches();
    }

    /** A file that is served from where its owner keeps it. */
    public static VersionFile unannounced(String path, boolean graph, long sizeBytes) {
        return new VersionFile(path, graph, "", sizeBytes);
    }

    public VersionFile {
        // Both become parts of paths on this machine's disk.
        if (!isPath(path)) {
            throw new IllegalArgumentException("path: \"" + path + "\" (expected: a relative path without \"..\")");
        }
        if (!sha256.isEmpty() && !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("sha256: \"" + sha256 + "\" (expected: 64 hexadecimal digits)");
        }
    }
}
