package io.modelmill.benchmarks.faults;

import java.util.SplittableRandom;

/** What the small worker does with a job. It travels in the job's seed. */
enum Behaviour {
    /** Trains at once. */
    TRAIN(50),
    /** Trains for some seconds, so that a cancel or a fault finds it at work. */
    TRAIN_LONG(20),
    /** Reports the tenant's fault. */
    TENANT_FAULT(8),
    /** Reports the platform's fault at its first attempt. */
    PLATFORM_FAULT(7),
    /** Dies at its first attempt. */
    DIE(7),
    /** Falls silent at its first attempt until its lease is over, and then goes on as if it were not. */
    SILENT(8);

    private static final int BASE = 16;

    private final int weight;

    Behaviour(int weight) {
        this.weight = weight;
    }

    /** A seed of a job that says this. */
    long seed(long number) {
        return number * BASE + ordinal();
    }

    /** What a job's seed says. */
    static Behaviour of(long seed) {
        int place = (int) Math.floorMod(seed, (long) BASE);
        return place < values().length ? values()[place] : TRAIN;
    }

    static Behaviour random(SplittableRandom random) {
        int sum = 0;
        for (Behaviour behaviour : values()) {
            sum += behaviour.weight;
        }
        int place = random.nextInt(sum);
        for (Behaviour behaviour : values()) {
            place -= behaviour.weight;
            if (place < 0) {
                return behaviour;
            }
        }
        throw new IllegalStateException("weights do not add up");
    }
}
