/** From a CSV file to rows of numbers: parsing, targets, the held-out split, normalisation. */
@NullMarked
package io.modelmill.worker.data;

import org.jspecify.annotations.NullMarked;
