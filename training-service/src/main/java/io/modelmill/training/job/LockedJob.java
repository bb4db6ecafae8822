package io.modelmill.training.job;

import java.time.Instant;
import org.jdbi.v3.core.Handle;

/**
 * A job whose row is locked until the transaction ends.
 *
 * @param now the database's clock after the lock was got, so that events of a job are in order of time
 */
public record LockedJob(Handle transaction, Job job, Instant now) {}
