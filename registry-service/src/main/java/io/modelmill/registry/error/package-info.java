/** Why calls of this service fail, beyond what every service has. */
@NullMarked
package io.modelmill.registry.error;

import org.jspecify.annotations.NullMarked;
