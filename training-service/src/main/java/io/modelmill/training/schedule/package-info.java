/** What moves jobs on without a call: turns, leases, waits, deadlines, and the creation of versions. */
@NullMarked
package io.modelmill.training.schedule;

import org.jspecify.annotations.NullMarked;
