/**
 * From waiting requests to runs: batches of rows that fit each other, shares of the run threads between tenants,
 * deadlines, priorities and cancellation.
 */
@NullMarked
package io.modelmill.inference.batching;

import org.jspecify.annotations.NullMarked;
