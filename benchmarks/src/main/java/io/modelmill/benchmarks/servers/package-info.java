/** Servers that a benchmark starts otherwise than a local fleet does. */
@NullMarked
package io.modelmill.benchmarks.servers;

import org.jspecify.annotations.NullMarked;
