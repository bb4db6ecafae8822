package io.modelmill.trainingspec.optimization;

import io.modelmill.trainingspec.setting.Catalogue;
import io.modelmill.trainingspec.setting.Entry;
import io.modelmill.trainingspec.setting.Setting;
import java.util.List;

/** What can be minimised. */
public final class Losses {
    /** Share of the answer that is spread over all classes. */
    public static final Setting<Double> LABEL_SMOOTHING = Setting.fraction("label_smoothing", 0.0);

    /** {@code none}, or {@code balanced} by the rows of each class. */
    public static final Setting<String> CLASS_WEIGHTING = Setting.choice("class_weighting", "none", "none", "balanced");

    /** For each class, in the order of the labels; none if empty. */
    public static final Setting<List<Double>> CLASS_WEIGHTS = Setting.weights("class_weights");

    /** Where Huber's loss turns from square to straight. */
    public static final Setting<Double> DELTA = Setting.positive("delta", 1.0);

    /** Classes, a logit each. */
    public static final Entry CROSS_ENTROPY =
            Entry.of("cross_entropy", LABEL_SMOOTHING, CLASS_WEIGHTING, CLASS_WEIGHTS);

    /** Two classes, one logit. */
    public static final Entry BINARY_CROSS_ENTROPY =
            Entry.of("binary_cross_entropy", LABEL_SMOOTHING, CLASS_WEIGHTING, CLASS_WEIGHTS);

    public static final Entry MEAN_SQUARED_ERROR = Entry.of("mean_squared_error");

    public static final Entry MEAN_ABSOLUTE_ERROR = Entry.of("mean_absolute_error");

    /** Square near the target, straight far from it. */
    public static final Entry HUBER = Entry.of("huber", DELTA);

    public static final Catalogue CATALOGUE =
            Catalogue.of(CROSS_ENTROPY, BINARY_CROSS_ENTROPY, MEAN_SQUARED_ERROR, MEAN_ABSOLUTE_ERROR, HUBER);

    private Losses() {}
}
