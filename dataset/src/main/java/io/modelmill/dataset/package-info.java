/** Formats of data sets: what their files hold, read row by row whoever sent them. */
@NullMarked
package io.modelmill.dataset;

import org.jspecify.annotations.NullMarked;
