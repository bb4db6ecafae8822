/** Load on a target: an open loop by a Poisson process, and a closed loop that saturates. */
@NullMarked
package io.modelmill.benchmarks.load;

import org.jspecify.annotations.NullMarked;
