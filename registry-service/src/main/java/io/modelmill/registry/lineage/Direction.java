package io.modelmill.registry.lineage;

/** Which way lineage is walked. */
public enum Direction {
    /** To what it was made of. */
    UPSTREAM,
    /** To what was made of it. */
    DOWNSTREAM,
    BOTH;

    boolean goesUp() {
        return this != DOWNSTREAM;
    }

    boolean goesDown() {
        return this != UPSTREAM;
    }
}
