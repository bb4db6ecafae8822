/** Finds versions: by what they are, where they come from and what is said of them. */
@NullMarked
package io.modelmill.registry.search;

import org.jspecify.annotations.NullMarked;
