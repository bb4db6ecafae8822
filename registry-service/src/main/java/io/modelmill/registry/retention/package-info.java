/** How long is kept what somebody deleted or nobody names. */
@NullMarked
package io.modelmill.registry.retention;

import org.jspecify.annotations.NullMarked;
