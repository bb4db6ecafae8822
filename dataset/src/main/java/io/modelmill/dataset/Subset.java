package io.modelmill.dataset;

/** What files that tell their rows apart mean a row for. */
public enum Subset {
    TRAIN,
    VALIDATION,
    TEST
}
