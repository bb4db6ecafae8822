package io.modelmill.registry.artifact;

/** Fired after an upload has committed, for those who wait for files. */
public record ArtifactStored(ArtifactKey key) {}
