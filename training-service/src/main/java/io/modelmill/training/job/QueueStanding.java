package io.modelmill.training.job;

import java.time.Instant;
import java.util.Optional;

/**
 * Where a job that waits stands, as its owner may know it.
 *
 * @param position among its tenant's jobs that wait for their turn, from 1; empty if it waits for something else
 * @param estimatedStartTime when its turn may come; empty if that cannot be told
 * @param waitsFor what keeps it from starting
 */
record QueueStanding(Optional<Integer> position, Optional<Instant> estimatedStartTime, String waitsFor) {}
