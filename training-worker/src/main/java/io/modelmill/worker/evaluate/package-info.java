/** Measures a trained network on held-out rows. */
@NullMarked
package io.modelmill.worker.evaluate;

import org.jspecify.annotations.NullMarked;
