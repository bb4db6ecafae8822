package io.modelmill.worker.train;

/** Makes of a job's seed one for each step and epoch. */
final class Seeds {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Seeds() {}

    /** As good as independent of that of another seed or number. */
    static long mixed(long seed, long number) {
        return scrambled(scrambled(seed + GOLDEN) + GOLDEN * (number + 1));
    }

    /** The last part of SplitMix64: every bit of the answer depends on every bit. */
    private static long scrambled(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
