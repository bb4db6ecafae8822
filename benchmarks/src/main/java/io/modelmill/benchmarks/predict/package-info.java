/** Predictions through a running fleet. */
@NullMarked
package io.modelmill.benchmarks.predict;

import org.jspecify.annotations.NullMarked;
