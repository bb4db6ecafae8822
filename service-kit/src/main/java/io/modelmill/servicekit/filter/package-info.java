/** Filters of lists, as callers write them: a subset of AIP-160. */
@NullMarked
package io.modelmill.servicekit.filter;

import org.jspecify.annotations.NullMarked;
