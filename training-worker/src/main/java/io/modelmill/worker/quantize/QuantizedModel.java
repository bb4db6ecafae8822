package io.modelmill.worker.quantize;

/**
 * A rewritten model.
 *
 * @param onnx its file
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record QuantizedModel(byte[] onnx, QuantizationReport report) {}
