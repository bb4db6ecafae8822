/** Tests of the registry as a whole. */
@NullMarked
package io.modelmill.registry;

import org.jspecify.annotations.NullMarked;
