/** From a data set to what trains: read, cleaned, divided, fitted on the training rows. */
@NullMarked
package io.modelmill.worker.data;

import org.jspecify.annotations.NullMarked;
