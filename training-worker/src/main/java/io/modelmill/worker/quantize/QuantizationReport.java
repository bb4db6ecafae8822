package io.modelmill.worker.quantize;

/**
 * What a rewrite did.
 *
 * @param products matrix products that are of 8-bit integers now
 * @param tables look-ups, such as embeddings, whose table is of 8-bit integers now
 * @param left products and look-ups of constant 32-bit floats that stay as they were, being small or of another form
 * @param bytesBefore of the model's file
 * @param bytesAfter of the model's file
 */
public record QuantizationReport(int products, int tables, int left, long bytesBefore, long bytesAfter) {}
