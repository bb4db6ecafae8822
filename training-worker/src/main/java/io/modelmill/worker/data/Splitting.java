package io.modelmill.worker.data;

import io.modelmill.trainingspec.job.DataSpec;

/**
 * How rows are divided.
 *
 * @param heldOut share of the rows to hold out
 * @param validation share of the rows to validate on
 * @param column of times or subsets, or empty
 */
record Splitting(Type type, double heldOut, double validation, String column, long seed) {
    private static final double MOST_HELD_OUT = 0.9;
    private static final double MOST_VALIDATION = 0.5;

    /** Ways to divide. */
    enum Type {
        STRATIFIED,
        RANDOM,
        TIME,
        GIVEN,
        NONE
    }

    static Splitting of(DataSpec spec, long seed) {
        DataSpec.Split split = spec.split();
        Type type = Choices.require(Type.class, "split.type", split.type());
        boolean fraction = type != Type.GIVEN && type != Type.NONE;
        if (fraction && !(spec.testFraction() > 0 && spec.testFraction() <= MOST_HELD_OUT)) {
            throw Choices.refused("test_fraction", spec.testFraction(), "above 0 and at most " + MOST_HELD_OUT);
        }
        double validation = split.validationFraction();
        if (!(validation >= 0 && validation <= MOST_VALIDATION)) {
            throw Choices.refused("split.validation_fraction", validation, "from 0 and at most " + MOST_VALIDATION);
        }
        if (type == Type.NONE && validation > 0) {
            throw Choices.refused("split.validation_fraction", validation, "0, for data.split.type none");
        }
        return new Splitting(type, spec.testFraction(), validation, split.column(), seed);
    }

    /** Whether each row says itself what it is for. */
    boolean isGiven() {
        return type == Type.GIVEN;
    }
}
