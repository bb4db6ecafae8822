/** The state of training after a step: its file, when one is kept, and the way back from it. */
@NullMarked
package io.modelmill.worker.checkpoint;

import org.jspecify.annotations.NullMarked;
