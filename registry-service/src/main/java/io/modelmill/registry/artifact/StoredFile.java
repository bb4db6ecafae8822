package io.modelmill.registry.artifact;

/** A file that the store holds, whether or not it is known. */
public record StoredFile(ArtifactKey key, long sizeBytes) {}
