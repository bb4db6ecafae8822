package io.modelmill.benchmarks.faults;

import io.modelmill.benchmarks.faults.Fault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Which faults happen when: the same for the same plan. */
final class FaultSchedule {
    private static final Duration FIRST = Duration.ofSeconds(3);
    private static final long SHORTEST_GAP_MILLIS = 1_000;
    private static final long LONGEST_GAP_MILLIS = 5_000;
    /** A little after a fault is made good the next may come to the same target. */
    private static final Duration BREATH = Duration.ofSeconds(4);
    /** Where in the campaign the broker is away for long. */
    private static final double OUTAGE_BEGIN = 0.35;

    private FaultSchedule() {}

    /** Faults in order of time; no two of one target at a time. */
    static List<Fault> of(CampaignPlan plan) {
        SplittableRandom random = new SplittableRandom(plan.seed());
        Duration outageBegin = Duration.ofMillis((long) (plan.length().toMillis() * OUTAGE_BEGIN));
        Fault outage = new Fault(outageBegin, Target.KAFKA, Kind.KILL, plan.outage(), 0);
        Map<Target, Duration> busyUntil = new EnumMap<>(Target.class);
        List<Fault> faults = new ArrayList<>();
        faults.add(outage);
        Duration at = FIRST;
        while (at.compareTo(plan.length()) < 0) {
            Fault fault = fault(random, at);
            boolean free = fault.target() == Target.WORKER
                    || busyUntil.getOrDefault(fault.target(), Duration.ZERO).compareTo(at) <= 0;
            if (free && !(isOfBroker(fault) && overlaps(fault, outage))) {
                faults.add(fault);
                busyUntil.put(fault.target(), fault.end().plus(BREATH));
            }
            at = at.plusMillis(random.nextLong(SHORTEST_GAP_MILLIS, LONGEST_GAP_MILLIS));
        }
        faults.sort(Comparator.comparing(Fault::at));
        return List.copyOf(faults);
    }

    private static Fault fault(SplittableRandom random, Duration at) {
        Target target = target(random);
        boolean second = random.nextBoolean();
        Kind kind = target.isLink() ? (second ? Kind.CUT : Kind.FREEZE) : (second ? Kind.KILL : Kind.FREEZE);
        // Most are short; some outlast leases and deadlines.
        long longest = random.nextInt(4) == 0 ? 15_000 : 5_000;
        return new Fault(at, target, kind, Duration.ofMillis(random.nextLong(300, longest)), random.nextInt(1 << 16));
    }

    private static Target target(SplittableRandom random) {
        int place = random.nextInt(
                Arrays.stream(Target.values()).mapToInt(Target::weight).sum());
        for (Target target : Target.values()) {
            place -= target.weight();
            if (place < 0) {
                return target;
            }
        }
        throw new IllegalStateException("weights do not add up");
    }

    private static boolean isOfBroker(Fault fault) {
        return fault.target() == Target.KAFKA || fault.target() == Target.SERVICES_TO_KAFKA;
    }

    private static boolean overlaps(Fault fault, Fault outage) {
        return fault.at().compareTo(outage.end().plus(BREATH)) < 0
                && outage.at().compareTo(fault.end().plus(BREATH)) < 0;
    }
}
