/** How weights move: all of a network's parameters as one tensor, the optimisers, schedules, penalties and limits. */
@NullMarked
package io.modelmill.worker.optimize;

import org.jspecify.annotations.NullMarked;
