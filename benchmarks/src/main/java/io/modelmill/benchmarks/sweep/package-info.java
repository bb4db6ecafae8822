/** What stopping trials early saves, and what it costs. */
@NullMarked
package io.modelmill.benchmarks.sweep;

import org.jspecify.annotations.NullMarked;
