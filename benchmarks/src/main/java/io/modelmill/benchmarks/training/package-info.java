/** The trainer beside a bare loop over libtorch: what reading, shuffling, checking and reporting cost. */
@NullMarked
package io.modelmill.benchmarks.training;

import org.jspecify.annotations.NullMarked;
