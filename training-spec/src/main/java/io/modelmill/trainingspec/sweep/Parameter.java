package io.modelmill.trainingspec.sweep;

/**
 * A field of a job's spec that a sweep varies.
 *
 * @param path as in faults, such as {@code network.layers[0].units}
 */
public record Parameter(String path, Domain domain) {}
