/** What to train, as plain values: the worker's own view of a job's spec. */
@NullMarked
package io.modelmill.worker.plan;

import org.jspecify.annotations.NullMarked;
