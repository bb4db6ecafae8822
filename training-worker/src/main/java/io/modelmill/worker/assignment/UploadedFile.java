package io.modelmill.worker.assignment;

/**
 * A file of the version to be, whose bytes the registry has.
 *
 * @param path within the version, which says what it is
 * @param sha256 64 lower-case hexadecimal digits
 * @param sizeBytes number of bytes
 */
public record UploadedFile(String path, String sha256, long sizeBytes) {}
