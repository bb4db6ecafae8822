package io.modelmill.trainingspec.optimization;

import io.modelmill.trainingspec.setting.Catalogue;
import io.modelmill.trainingspec.setting.Entry;
import io.modelmill.trainingspec.setting.Setting;

/** How rows can be changed to mislead a classifier while it trains. */
public final class AdversarialTypes {
    /** Largest change of an input, after normalization. */
    public static final Setting<Double> EPSILON = Setting.positive("epsilon", null);

    public static final Setting<Long> STEPS = Setting.whole("steps", 7L, 1, 100);

    /** Size of a step; 0 is 2.5 x epsilon / steps. */
    public static final Setting<Double> STEP_SIZE = Setting.notNegative("step_size", 0);

    /** Share of the loss that comes from changed rows. */
    public static final Setting<Double> SHARE =
            new Setting<>("share", Double.class, 0.5, "above 0 and at most 1", value -> value > 0 && value <= 1);

    /** One step of the gradient's sign. */
    public static final Entry FGSM = Entry.of("fgsm", EPSILON, SHARE);

    /** Several smaller steps, each brought back to within epsilon. */
    public static final Entry PGD = Entry.of("pgd", EPSILON, STEPS, STEP_SIZE, SHARE);

    public static final Catalogue CATALOGUE = Catalogue.of(FGSM, PGD);

    private AdversarialTypes() {}
}
