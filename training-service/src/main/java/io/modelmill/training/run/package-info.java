/** Attempts: what workers say, and what runners of all kinds have in common. The kinds are packages below. */
@NullMarked
package io.modelmill.training.run;

import org.jspecify.annotations.NullMarked;
