/** Attempts: workers as child processes, and what workers say. */
@NullMarked
package io.modelmill.training.run;

import org.jspecify.annotations.NullMarked;
