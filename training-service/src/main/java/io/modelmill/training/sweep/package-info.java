/** Searches for settings: sweeps of jobs, which trials begin, which are stopped, and which was best. */
@NullMarked
package io.modelmill.training.sweep;

import org.jspecify.annotations.NullMarked;
