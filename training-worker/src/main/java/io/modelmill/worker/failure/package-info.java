/** What can go wrong, by whose fault it is, in words for a tenant. */
@NullMarked
package io.modelmill.worker.failure;

import org.jspecify.annotations.NullMarked;
