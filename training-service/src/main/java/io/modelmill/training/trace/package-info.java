/** A job's one trace, from its submission through attempts and calls to its end. */
@NullMarked
package io.modelmill.training.trace;

import org.jspecify.annotations.NullMarked;
