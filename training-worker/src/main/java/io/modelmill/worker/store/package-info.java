/** Rows on disk, mapped into memory: what is read of them is in memory only as long as the machine has room. */
@NullMarked
package io.modelmill.worker.store;

import org.jspecify.annotations.NullMarked;
