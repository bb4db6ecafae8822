package io.modelmill.gateway.usage;

import java.time.Duration;
import java.time.YearMonth;

/**
 * What a tenant trained in a month.
 *
 * @param month by UTC
 * @param trainingTime of all attempts that ended in it, in whole milliseconds
 * @param attempts how many these are
 */
record TrainingUsage(String tenant, YearMonth month, Duration trainingTime, long attempts) {}
