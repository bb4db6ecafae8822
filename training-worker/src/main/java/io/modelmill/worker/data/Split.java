package io.modelmill.worker.data;

import io.modelmill.worker.failure.JobFailedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Which rows train and which are held out, both in rising order.
 *
 * @param training rows that train
 * @param heldOut rows that only measure
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record Split(int[] training, int[] heldOut) {
    /**
     * Chooses at random by the seed; with classes each keeps its share on both sides, and each with a row to train on.
     *
     * @param fraction share of the rows to hold out
     */
    public static Split random(Targets targets, double fraction, long seed) {
        if (targets.count() < 2) {
            throw new JobFailedException("the data set has %d row(s) (expected: at least 2, one of them to hold out)"
                    .formatted(targets.count()));
        }
        boolean[] heldOut = new boolean[targets.count()];
        var random = new Random(seed);
        List<List<Integer>> groups = groups(targets);
        int held = 0;
        for (List<Integer> group : groups) {
            Collections.shuffle(group, random);
            int share = (int) Math.min(Math.round(group.size() * fraction), group.size() - 1);
            group.subList(0, share).forEach(row -> heldOut[row] = true);
            held += share;
        }
        if (held == 0) {
            // So few rows that each share rounds to none: the largest group gives one.
            List<Integer> largest = Collections.max(groups, (a, b) -> Integer.compare(a.size(), b.size()));
            if (largest.size() < 2) {
                throw new JobFailedException(
                        "every class has only 1 row (expected: at least one class with 2, to hold one out)");
            }
            heldOut[largest.getFirst()] = true;
            held = 1;
        }
        return split(heldOut, held);
    }

    private static List<List<Integer>> groups(Targets targets) {
        List<List<Integer>> groups = new ArrayList<>();
        switch (targets) {
            case Targets.Classes classes -> {
                classes.labels().forEach(label -> groups.add(new ArrayList<>()));
                for (int row = 0; row < classes.count(); row++) {
                    groups.get(classes.indices()[row]).add(row);
                }
            }
            case Targets.Numbers numbers -> {
                List<Integer> all = new ArrayList<>(numbers.count());
                for (int row = 0; row < numbers.count(); row++) {
                    all.add(row);
                }
                groups.add(all);
            }
        }
        return groups;
    }

    private static Split split(boolean[] isHeldOut, int held) {
        int[] training = new int[isHeldOut.length - held];
        int[] heldOut = new int[held];
        int trained = 0;
        int left = 0;
        for (int row = 0; row < isHeldOut.length; row++) {
            if (isHeldOut[row]) {
                heldOut[left++] = row;
            } else {
                training[trained++] = row;
            }
        }
        return new Split(training, heldOut);
    }
}
