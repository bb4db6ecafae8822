package io.modelmill.worker.text;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts tokens. Where there are very many different ones the rarest are forgotten on the way, several times more than a
 * vocabulary takes being kept, so that memory does not grow with the text.
 */
public final class TokenCounts {
    private static final int LEAST_KEPT = 1 << 18;
    private static final int KEPT_OVER_SIZE = 4;

    private final int size;
    private final int mostKept;
    private final Map<String, Count> counts = new HashMap<>();
    private long total;
    private long forgotten;

    /** @param size tokens of the vocabulary at most, the two that are none of the text among them */
    public TokenCounts(int size) {
        this(size, Math.max(LEAST_KEPT, KEPT_OVER_SIZE * size));
    }

    TokenCounts(int size, int mostKept) {
        this.size = size;
        this.mostKept = mostKept;
    }

    /** Takes a token. */
    public void add(String token) {
        total++;
        counts.computeIfAbsent(token, text -> new Count()).value++;
        while (counts.size() > mostKept) {
            forgotten++;
            counts.values().removeIf(count -> count.value <= forgotten);
        }
    }

    /** Tokens that were seen. */
    public long total() {
        return total;
    }

    /** The most frequent tokens; of equally frequent ones those that come first as text. */
    public Vocabulary vocabulary() {
        return new Vocabulary(counts.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, Count>>comparingLong(entry -> -entry.getValue().value)
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(Math.max(0, size - 2))
                .map(Map.Entry::getKey)
                .toList());
    }

    private static final class Count {
        private long value;
    }
}
