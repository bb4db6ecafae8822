package io.modelmill.benchmarks.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A job that is submitted.
 *
 * @param requestId the same at each try
 * @param jobId wanted name; empty lets the service choose
 * @param jobSeed says what the small worker does with it
 * @param at since the start of the campaign
 * @param cancelAfter how long after its acceptance it is cancelled; empty if it is not
 * @param again whether the accepted request is sent once more
 */
record Submission(
        String tenant,
        String requestId,
        String jobId,
        long jobSeed,
        Duration at,
        Optional<Duration> cancelAfter,
        boolean again) {
    /** How the id of a job begins that the real worker trains. */
    static final String REAL = "real-";

    private static final int TENANTS = 3;
    /** The last jobs are submitted while there are faults to come. */
    private static final double LAST = 0.85;

    /** Ids of the tenants. */
    static List<String> tenants() {
        List<String> tenants = new ArrayList<>();
        for (int i = 0; i < TENANTS; i++) {
            tenants.add("tenant-" + (char) ('a' + i));
        }
        return tenants;
    }

    /** All of a campaign, in order of time: the same for the same plan. */
    static List<Submission> of(CampaignPlan plan) {
        SplittableRandom random = new SplittableRandom(plan.seed() ^ 0x5ca1ab1eL);
        List<String> tenants = tenants();
        List<Submission> submissions = new ArrayList<>();
        for (int i = 0; i < plan.submissions(); i++) {
            // Spread evenly over all, whatever their numbers.
            boolean real =
                    (long) (i + 1) * plan.real() / plan.submissions() > (long) i * plan.real() / plan.submissions();
            Behaviour behaviour = Behaviour.random(random);
            String id = real ? REAL + i : random.nextBoolean() ? "small-" + i : "";
            boolean cancelled = random.nextInt(10) == 0;
            Duration cancelAfter = Duration.ofMillis(random.nextLong(500, 12_000));
            submissions.add(new Submission(
                    tenants.get(random.nextInt(tenants.size())),
                    "request-" + i,
                    id,
                    behaviour.seed(i),
                    Duration.ofMillis((long) (plan.length().toMillis() * LAST * i / plan.submissions())),
                    cancelled ? Optional.of(cancelAfter) : Optional.empty(),
                    random.nextInt(5) == 0));
        }
        return List.copyOf(submissions);
    }
}
