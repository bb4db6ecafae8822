package io.modelmill.benchmarks.sweep;

import com.google.gson.Gson;

/**
 * The same configurations by each rule.
 *
 * @param randomBest accuracy of the best configuration, all trained to their end
 * @param randomEpochs of all of them
 */
record SeedResult(
        long seed,
        double randomBest,
        int randomEpochs,
        double ashaBest,
        int ashaEpochs,
        double medianBest,
        int medianEpochs) {
    /** Reads what {@link #toString} writes. */
    static SeedResult parse(String line) {
        return new Gson().fromJson(line, SeedResult.class);
    }

    @Override
    public String toString() {
        return new Gson().toJson(this);
    }
}
