package io.modelmill.registry.artifact;

/** A file that is there, whole and with the right hash. */
public record Artifact(ArtifactKey key, long sizeBytes) {}
