/** The command line: {@code modelmill bench NAME}. */
@NullMarked
package io.modelmill.benchmarks.cli;

import org.jspecify.annotations.NullMarked;
