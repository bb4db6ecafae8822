/** Encryption of both doors. */
@NullMarked
package io.modelmill.gateway.tls;

import org.jspecify.annotations.NullMarked;
