/** Text of data sets: strict UTF-8, and lines of it. */
@NullMarked
package io.modelmill.dataset.text;

import org.jspecify.annotations.NullMarked;
