package io.modelmill.trainingspec.sweep;

/** How a sweep chooses its configurations. */
public enum Search {
    /** Every one of a space that can be counted, the last parameter changing first. */
    GRID,
    /** At random; of lists of values alone none twice. */
    RANDOM
}
