package io.modelmill.benchmarks.mutants;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Mutants by number: every mutation in turn, of an original picked by chance. Equal seeds give equal mutants. */
final class Mutants {
    private final List<Original> originals;
    private final List<Map.Entry<String, Mutation>> mutations;
    private final long seed;

    Mutants(long seed) throws InvalidProtocolBufferException {
        this.seed = seed;
        this.originals = Originals.all();
        Map<String, Mutation> all = new TreeMap<>(ByteMutations.all());
        all.putAll(GraphMutations.all());
        all.putAll(FileMutations.all());
        this.mutations = List.copyOf(all.entrySet());
    }

    List<Original> originals() {
        return originals;
    }

    /** Name of the mutation that a number has. */
    String mutation(int number) {
        return mutations.get(number % mutations.size()).getKey();
    }

    Mutant make(int number) throws IOException {
        // Each number has a random source of its own: lanes may take them in any order.
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
        Original original = originals.get(random.nextInt(originals.size()));
        return mutations.get(number % mutations.size()).getValue().of(original, random);
    }
}
