/** What a tenant may keep in the store, and what it keeps. */
@NullMarked
package io.modelmill.registry.quota;

import org.jspecify.annotations.NullMarked;
