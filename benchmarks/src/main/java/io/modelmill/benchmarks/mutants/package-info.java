/** Mutated models: whether a registry that is sent thousands of them refuses each with a reason and takes no harm. */
@NullMarked
package io.modelmill.benchmarks.mutants;

import org.jspecify.annotations.NullMarked;
