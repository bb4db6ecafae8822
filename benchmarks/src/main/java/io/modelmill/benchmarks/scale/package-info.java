/** What submissions and passes of the scheduler cost beside very many jobs. */
@NullMarked
package io.modelmill.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
