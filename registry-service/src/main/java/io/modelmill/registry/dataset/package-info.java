/** Data sets: versions of files in several formats, read and profiled once when they are made. */
@NullMarked
package io.modelmill.registry.dataset;

import org.jspecify.annotations.NullMarked;
