/** What the registry does once after its database was restored from a backup. */
@NullMarked
package io.modelmill.registry.restore;

import org.jspecify.annotations.NullMarked;
