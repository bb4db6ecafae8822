package io.modelmill.inference.placement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The deaths of a replica's processes, and which version they convict. The rules weigh what each kind of death says:
 *
 * <ul>
 *   <li>A crash with a trace was surely native code. It convicts the version that was its only suspect twice, or the only
 *       one that the last two crashes have in common.
 *   <li>A death without a trace may be native code (abort, exit) or a kill from outside (SIGKILL, want of memory), which hits
 *       whatever happens to be at work. It takes three of them, in the same way, and a version that has come through
 *       {@link #PROVEN} runs in that very process is no suspect: a hot version is at work at every kill, so that its
 *       presence says nothing, while one that ends processes by itself seldom gets that far. A load is always suspect, for
 *       it is rare.
 * </ul>
 *
 * Nobody is convicted while more than one version could have done it. So versions that are at work together at every death
 * may go on being so; loads of suspects are therefore run one at a time.
 */
final class Deaths {
    /** Runs after which a version's presence at a death without a trace says nothing. */
    static final int PROVEN = 100;

    private static final int CRASHES = 2;
    private static final int ALL = 3;
    /** Older ones are forgotten. */
    private static final int KEPT = 16;

    private final List<Death> deaths = new ArrayList<>();

    /**
     * One death.
     *
     * @param crash whether it left a trace of native code
     * @param suspects versions that may have caused it, by their bytes; not empty
     */
    record Death(boolean crash, Set<Long> suspects) {
        Death {
            suspects = Set.copyOf(suspects);
        }
    }

    /**
     * One more; answers whom it convicts.
     *
     * @return by version, why, in words for people
     */
    Map<Long, String> add(Death death) {
        deaths.add(death);
        if (deaths.size() > KEPT) {
            deaths.removeFirst();
        }
        Map<Long, String> convicted = new HashMap<>();
        culprit(deaths, ALL)
                .ifPresent(id -> convicted.put(
                        id,
                        "of the versions at work at " + ALL + " deaths of a replica's process it alone was at each"));
        culprit(deaths.stream().filter(Death::crash).toList(), CRASHES)
                .ifPresent(id -> convicted.put(
                        id,
                        "native code crashed a replica's process " + CRASHES + " times while it was loaded or run"));
        // What has found its culprit says nothing of others any more.
        deaths.removeIf(known -> known.suspects().stream().anyMatch(convicted::containsKey));
        return convicted;
    }

    private static Optional<Long> culprit(List<Death> among, int needed) {
        if (among.size() < needed) {
            return Optional.empty();
        }
        Set<Long> common = new HashSet<>(among.getLast().suspects());
        among.subList(among.size() - needed, among.size()).forEach(death -> common.retainAll(death.suspects()));
        if (common.size() == 1) {
            return Optional.of(common.iterator().next());
        }
        Set<Long> last = among.getLast().suspects();
        boolean alone = last.size() == 1
                && among.stream().filter(death -> death.suspects().equals(last)).count() >= needed;
        return alone ? Optional.of(last.iterator().next()) : Optional.empty();
    }

    boolean suspects(long id) {
        return deaths.stream().anyMatch(death -> death.suspects().contains(id));
    }

    /** These versions did not cause any; answers whether that was news. */
    boolean clear(Set<Long> innocent) {
        boolean news =
                deaths.stream().anyMatch(death -> death.suspects().stream().anyMatch(innocent::contains));
        deaths.replaceAll(death -> {
            Set<Long> left = new HashSet<>(death.suspects());
            left.removeAll(innocent);
            return new Death(death.crash(), left);
        });
        deaths.removeIf(death -> death.suspects().isEmpty());
        return news;
    }

    /** Those that are remembered, oldest first. */
    List<Death> all() {
        return List.copyOf(deaths);
    }

    /** One that was remembered by an earlier process. */
    void remember(Death death) {
        deaths.add(death);
    }
}
