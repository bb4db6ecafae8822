package io.modelmill.worker.rows;

/**
 * Values of one input of an exported graph for some rows, the last axis fastest.
 *
 * @param values {@code float[]}, {@code byte[]} (UINT8), {@code long[]} or {@code String[]}
 * @param shape the batch's axis first
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record Feed(String input, Object values, long[] shape) {}
