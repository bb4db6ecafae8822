/** How soon every replica answers with what an alias was moved to, and whether that is told truly. */
@NullMarked
package io.modelmill.benchmarks.rollout;

import org.jspecify.annotations.NullMarked;
