package io.modelmill.inference.placement;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which loaded versions go, and in which order, when another needs their room. A version in use never goes. Of the others
 * go first those that were not used for the protected time, the least recently used first.
 *
 * <p>If that does not make room enough, versions go that are in steady use, the one with the fewest uses first. A use counts
 * half after each protected time, and what was used before a version was last unloaded counts too. So a flood of calls to
 * ever other versions turns over the places of such versions, and what is called again and again stays: recency alone would
 * let the flood sweep it out. More versions in even use than there is room for take turns.
 */
final class EvictionOrder {
    private final Duration protectedFor;

    EvictionOrder(Duration protectedFor) {
        this.protectedFor = protectedFor;
    }

    /** Enough of them to free the bytes, in their order; none if there are not. */
    List<Residence> choose(Collection<Residence> residents, long bytes, long now) {
        // Callers go on using them: each is looked at once, so that the order cannot contradict itself.
        List<Candidate> ordered = residents.stream()
                .filter(residence -> !residence.isUsed())
                .map(residence -> candidate(residence, now))
                .sorted(Comparator.comparing(Candidate::steady)
                        .thenComparing(Candidate::score)
                        .thenComparing(Candidate::idle, Comparator.reverseOrder()))
                .toList();
        List<Residence> chosen = new ArrayList<>();
        long freed = 0;
        for (Candidate candidate : ordered) {
            if (freed >= bytes) {
                break;
            }
            chosen.add(candidate.residence());
            freed += candidate.residence().bytes();
        }
        return freed >= bytes ? chosen : List.of();
    }

    private Candidate candidate(Residence residence, long now) {
        long idle = now - residence.usage().lastUse();
        boolean steady = idle < protectedFor.toNanos();
        return new Candidate(
                residence, steady, steady ? residence.usage().score(now, protectedFor.toNanos()) : 0, idle);
    }

    /** @param score 0 unless it is in steady use, so that only time counts among those that are not */
    private record Candidate(Residence residence, boolean steady, double score, long idle) {}
}
