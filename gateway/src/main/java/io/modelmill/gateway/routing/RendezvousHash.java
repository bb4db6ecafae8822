package io.modelmill.gateway.routing;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Highest-random-weight hashing (Thaler and Ravishankar 1998): each key has its own order of the nodes, and a node that
 * goes or comes moves only the keys for which it is first.
 */
final class RendezvousHash {
    private RendezvousHash() {}

    /** The nodes in the key's order of preference. */
    static <N> List<N> order(List<N> nodes, Function<N, String> name, String key) {
        if (nodes.size() <= 1) {
            return nodes;
        }
        return nodes.stream()
                .map(node -> new Weighed<>(node, weight(name.apply(node), key)))
                .sorted(Comparator.comparingLong((Weighed<N> weighed) -> weighed.weight())
                        .reversed())
                .map(Weighed::node)
                .toList();
    }

    /** FNV-1a over both texts with a separator, then the finaliser of SplitMix64 to spread it over all bits. */
    private static long weight(String node, String key) {
        long hash = fnv(fnv(fnv(0xcbf29ce484222325L, node), "\0"), key);
        hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
        return hash ^ (hash >>> 31);
    }

    private static long fnv(long seed, String text) {
        long hash = seed;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    private record Weighed<N>(N node, long weight) {}
}
