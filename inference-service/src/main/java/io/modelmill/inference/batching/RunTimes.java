package io.modelmill.inference.batching;

/**
 * Where a request's time went, in nanoseconds.
 *
 * @param queue from its submission to the begin of its batch
 * @param gather of the whole batch
 * @param compute of the whole batch
 * @param rows of the whole batch
 */
public record RunTimes(long queue, long gather, long compute, int rows) {}
