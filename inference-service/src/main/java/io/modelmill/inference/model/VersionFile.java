package io.modelmill.inference.model;

import java.util.regex.Pattern;

/**
 * One file of a version.
 *
 * @param path relative to the version's folder
 * @param graph whether it is the ONNX model itself
 * @param sha256 of its bytes, 64 lower-case hexadecimal digits
 * @param sizeBytes of it
 */
public record VersionFile(String path, boolean graph, String sha256, long sizeBytes) {
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public VersionFile {
        // Both become parts of paths on this machine's disk.
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException("path: \"" + path + "\" (expected: a relative path without \"..\")");
        }
        if (!SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("sha256: \"" + sha256 + "\" (expected: 64 hexadecimal digits)");
        }
    }
}
