/** This machine: its processors, the processes on it and what they use. */
@NullMarked
package io.modelmill.benchmarks.machine;

import org.jspecify.annotations.NullMarked;
