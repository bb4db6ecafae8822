package io.modelmill.worker.data;

import io.modelmill.trainingspec.job.DataSpec;

/**
 * What happens to rows that are not right.
 *
 * @param constant what replaces a missing number with {@link Missing#CONSTANT}
 * @param deviations from the mean to where an outlier begins
 */
record Cleaning(Missing missing, float constant, boolean dropsDuplicates, Outliers outliers, double deviations) {
    /** What happens where a number is missing. */
    enum Missing {
        REFUSE,
        DROP,
        MEAN,
        MEDIAN,
        CONSTANT;

        /** Whether the model puts another number there. */
        boolean replaces() {
            return this == MEAN || this == MEDIAN || this == CONSTANT;
        }
    }

    /** What happens to numbers that are far from the mean. */
    enum Outliers {
        KEEP,
        DROP,
        CLIP
    }

    private enum Duplicates {
        KEEP,
        DROP
    }

    static Cleaning of(DataSpec.Cleaning spec) {
        Outliers outliers = Choices.require(Outliers.class, "cleaning.outliers", spec.outliers());
        if (outliers != Outliers.KEEP && !(spec.outlierDeviations() > 0)) {
            throw Choices.refused("cleaning.outlier_deviations", spec.outlierDeviations(), "above 0");
        }
        if (!Float.isFinite((float) spec.constant())) {
            throw Choices.refused("cleaning.constant", spec.constant(), "a 32-bit float");
        }
        return new Cleaning(
                Choices.require(Missing.class, "cleaning.missing", spec.missing()),
                (float) spec.constant(),
                Choices.require(Duplicates.class, "cleaning.duplicates", spec.duplicates()) == Duplicates.DROP,
                outliers,
                spec.outlierDeviations());
    }

    /** Refuses what acts on numbers of tables only. */
    void requireNoNumbers(String what) {
        if (missing.replaces()) {
            throw Choices.refused("cleaning.missing", Choices.name(missing), "refuse or drop, for " + what);
        }
        if (outliers != Outliers.KEEP) {
            throw Choices.refused("cleaning.outliers", Choices.name(outliers), "keep, for " + what);
        }
    }
}
