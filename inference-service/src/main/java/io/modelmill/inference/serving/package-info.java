/** Reads serving.json, in which a version says how it wants to be served. */
@NullMarked
package io.modelmill.inference.serving;

import org.jspecify.annotations.NullMarked;
