/** Which rows train, validate and are held out, decided row by row with memory that does not grow with them. */
@NullMarked
package io.modelmill.worker.split;

import org.jspecify.annotations.NullMarked;
