package io.modelmill.training.queue;

import io.modelmill.training.resource.Resources;
import java.time.Instant;

/**
 * An open attempt whose place another job might get.
 *
 * @param priority of its job
 * @param held what its end would give back
 * @param yielding whether it was asked already
 * @param mayYield whether it may be asked: it trains, has done so for a while, and its job did not give its place too often
 */
public record Victim(
        long jobKey,
        int attempt,
        String tenant,
        int priority,
        Resources held,
        Instant startTime,
        boolean yielding,
        boolean mayYield) {}
