/** What a service does once after its database was restored from a backup. */
@NullMarked
package io.modelmill.servicekit.restore;

import org.jspecify.annotations.NullMarked;
