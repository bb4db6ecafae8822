package io.modelmill.worker.assignment;

/**
 * A file of the version to be, whose bytes the registry has.
 *
 * @param path within the version
 * @param isModel whether it is the graph; anything else is kept beside it
 * @param sha256 64 lower-case hexadecimal digits
 * @param sizeBytes number of bytes
 */
public record UploadedFile(String path, boolean isModel, String sha256, long sizeBytes) {}
