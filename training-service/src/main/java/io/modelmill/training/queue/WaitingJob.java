package io.modelmill.training.queue;

import io.modelmill.training.resource.Resources;
import java.time.Instant;
import java.util.Optional;

/**
 * A job that waits for its turn.
 *
 * @param key rises with each submission
 * @param priority orders its tenant's jobs
 * @param turnTime when its turn came without room for it, if it did
 */
public record WaitingJob(long key, Resources resources, int priority, Optional<Instant> turnTime) {}
