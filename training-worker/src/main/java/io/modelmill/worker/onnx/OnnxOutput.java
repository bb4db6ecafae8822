package io.modelmill.worker.onnx;

/**
 * What one output of a model answered.
 *
 * @param values the last axis fastest
 * @param shape as the run made it
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record OnnxOutput(String name, float[] values, long[] shape) {}
