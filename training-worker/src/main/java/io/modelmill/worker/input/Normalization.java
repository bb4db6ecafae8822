package io.modelmill.worker.input;

/** How numbers are brought to like sizes, as {@code data.normalization} calls it. */
public enum Normalization {
    /** Not at all. */
    NONE,
    /** To 0..1 among the training rows. */
    MIN_MAX,
    /** To mean 0 and deviation 1 among the training rows. */
    Z_SCORE,
    /** Divided by 255. */
    SCALE_255;

    /** Whether it depends on the training rows. */
    public boolean isFitted() {
        return this == MIN_MAX || this == Z_SCORE;
    }
}
