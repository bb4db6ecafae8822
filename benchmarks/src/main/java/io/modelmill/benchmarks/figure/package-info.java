/** What was measured: figures with their goals, as a table, a file and a picture. Nothing is asserted. */
@NullMarked
package io.modelmill.benchmarks.figure;

import org.jspecify.annotations.NullMarked;
