/** Rows as a network takes them, whatever the data set is: what the data side makes and the training side uses. */
@NullMarked
package io.modelmill.worker.rows;

import org.jspecify.annotations.NullMarked;
