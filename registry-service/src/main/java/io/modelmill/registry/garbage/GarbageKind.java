package io.modelmill.registry.garbage;

/** Kinds of what goes, in the order in which it goes: what one leaves behind is found by the next. */
enum GarbageKind {
    MODEL_VERSION,
    DATASET_VERSION,
    ARTIFACT,
    STRAY_FILE,
    PARTIAL_FILE
}
