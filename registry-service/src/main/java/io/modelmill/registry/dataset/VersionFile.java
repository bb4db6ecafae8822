package io.modelmill.registry.dataset;

/**
 * One file of a version.
 *
 * @param path its name, which tells what it holds in some formats
 */
record VersionFile(String path, String sha256, long sizeBytes) {}
