package io.modelmill.benchmarks.mutants;

import java.io.IOException;
import java.util.SplittableRandom;

/** One way to make a wrong model of a right one; equal seeds give equal mutants. */
interface Mutation {
    Mutant of(Original original, SplittableRandom random) throws IOException;
}
