/** Models: named lines of versions. The row of a model is the lock for all that belongs to it. */
@NullMarked
package io.modelmill.registry.model;

import org.jspecify.annotations.NullMarked;
