package io.modelmill.benchmarks.faults;

import java.time.Duration;

/**
 * How large a campaign is.
 *
 * @param seed of the faults, of the submissions and of what workers do
 * @param submissions how many jobs are submitted
 * @param real how many of them the real worker trains
 * @param length how long faults happen; then all is healed and waited for
 * @param outage how long the broker is away once
 * @param settling how long what is left may take after the last fault
 */
public record CampaignPlan(long seed, int submissions, int real, Duration length, Duration outage, Duration settling) {
    /** Longer than any time-out that the campaign's fleet has: its producers give a batch up after 20 s. */
    public static final Duration SHORTEST_OUTAGE = Duration.ofSeconds(25);
}
