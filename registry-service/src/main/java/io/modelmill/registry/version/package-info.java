/** Versions: immutable files of a model, and their life cycle from upload over validation to serving. */
@NullMarked
package io.modelmill.registry.version;

import org.jspecify.annotations.NullMarked;
