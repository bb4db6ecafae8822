package io.modelmill.worker.train;

import org.bytedeco.pytorch.Tensor;

/** A classifier that another learns from. */
@FunctionalInterface
public interface Teacher {
    /** Its probabilities for some of the training rows, {@code [rows, classes]} in the caller's scope. */
    Tensor probabilities(long[] rows);
}
