/** Minimises a loss over shuffled mini-batches on libtorch. */
@NullMarked
package io.modelmill.worker.train;

import org.jspecify.annotations.NullMarked;
