/** A PostgreSQL server from its published binaries. */
@NullMarked
package io.modelmill.localservers.postgres;

import org.jspecify.annotations.NullMarked;
