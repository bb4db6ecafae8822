/** The worker's side of the services: what to train, the lease, progress, outcome, and the bytes of artifacts. */
@NullMarked
package io.modelmill.worker.assignment;

import org.jspecify.annotations.NullMarked;
