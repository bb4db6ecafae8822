package io.modelmill.registry.garbage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What one collection removed or, tried, would remove: all of it counted, the first of each kind by name. For one thread. */
final class GarbageReport {
    /** So many of a kind are named; a few hundred bytes each, they fit one message. */
    static final int NAMED_OF_A_KIND = 1_000;

    private final Map<GarbageKind, Total> totals = new EnumMap<>(GarbageKind.class);
    private final List<Garbage> named = new ArrayList<>();

    /** How many things of a kind, and how many bytes of the store with them. */
    record Total(long count, long sizeBytes) {
        private static final Total NONE = new Total(0, 0);

        private Total plus(long more) {
            return new Total(count + 1, sizeBytes + more);
        }
    }

    void add(Garbage garbage) {
        Total before = total(garbage.kind());
        totals.put(garbage.kind(), before.plus(garbage.sizeBytes()));
        if (before.count() < NAMED_OF_A_KIND) {
            named.add(garbage);
        }
    }

    Total total(GarbageKind kind) {
        return totals.getOrDefault(kind, Total.NONE);
    }

    /** By kind, and of a kind in the order in which they were found. */
    List<Garbage> named() {
        return Collections.unmodifiableList(named);
    }

    boolean isEmpty() {
        return totals.isEmpty();
    }

    /** In one line, for the log. */
    @Override
    public String toString() {
        return totals.isEmpty()
                ? "nothing"
                : totals.entrySet().stream()
                        .map(entry -> entry.getValue().count() + " " + entry.getKey() + " ("
                                + entry.getValue().sizeBytes() + " bytes)")
                        .collect(Collectors.joining(", "));
    }
}
