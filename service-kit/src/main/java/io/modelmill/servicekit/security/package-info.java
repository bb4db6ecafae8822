/** Who calls: short-lived signed tokens, made by one service and verified by the others. */
@NullMarked
package io.modelmill.servicekit.security;

import org.jspecify.annotations.NullMarked;
