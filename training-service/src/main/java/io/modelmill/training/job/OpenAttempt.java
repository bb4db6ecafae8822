package io.modelmill.training.job;

import java.time.Duration;
import java.time.Instant;

/**
 * An attempt that is not over, as its runner sees it.
 *
 * @param submitted when its job was
 * @param age since the attempt began, by the database's clock
 */
public record OpenAttempt(JobName job, long jobKey, int number, JobState state, Instant submitted, Duration age) {}
