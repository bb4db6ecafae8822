/** Tells the registry what this replica has of each model, so that somebody who moved an alias can ask how far that is. */
@NullMarked
package io.modelmill.inference.rollout;

import org.jspecify.annotations.NullMarked;
