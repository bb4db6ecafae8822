package io.modelmill.gateway.usage;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * An attempt of a training job that is over, whatever came of it.
 *
 * @param job resource name
 * @param sequence of the event that tells it; with the job it names the attempt's end
 * @param endTime the attempt counts in this time's month, by UTC
 * @param trainingMillis how long it trained
 */
record ClosedAttempt(String job, long sequence, String tenant, Instant endTime, long trainingMillis) {
    /** First day of the month. */
    LocalDate month() {
        return LocalDate.ofInstant(endTime, ZoneOffset.UTC).withDayOfMonth(1);
    }
}
