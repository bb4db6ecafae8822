/** One process of the fleet: how it starts, when it is ready, how it ends, and what happens when it dies. */
@NullMarked
package io.modelmill.fleet.process;

import org.jspecify.annotations.NullMarked;
