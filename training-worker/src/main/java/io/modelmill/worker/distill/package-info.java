/** Asks a registered classifier what a learner is to imitate. */
@NullMarked
package io.modelmill.worker.distill;

import org.jspecify.annotations.NullMarked;
