/** Aliases: movable names for one version of a model. A move locks the model and raises its revision. */
@NullMarked
package io.modelmill.registry.alias;

import org.jspecify.annotations.NullMarked;
