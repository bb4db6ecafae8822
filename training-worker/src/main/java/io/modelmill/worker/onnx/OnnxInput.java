package io.modelmill.worker.onnx;

/**
 * Values of one input of a graph, the last axis fastest.
 *
 * @param values {@code float[]}, {@code byte[]} (UINT8), {@code long[]} or {@code String[]}
 * @param shape the batch's axis first
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record OnnxInput(String name, Object values, long[] shape) {}
