/** Bytes of data sets as they were sent: plain, gzip or zip, never more than was allowed. */
@NullMarked
package io.modelmill.dataset.source;

import org.jspecify.annotations.NullMarked;
