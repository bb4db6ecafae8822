package io.modelmill.registry.dataset;

/** What the cells of a column are. */
enum ColumnType {
    /** Finite decimal numbers. */
    NUMBER,
    /** Text. */
    TEXT,
    /** Several numbers a row, always as many. */
    TENSOR
}
