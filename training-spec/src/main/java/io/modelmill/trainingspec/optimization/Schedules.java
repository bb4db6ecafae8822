package io.modelmill.trainingspec.optimization;

import io.modelmill.trainingspec.setting.Catalogue;
import io.modelmill.trainingspec.setting.Entry;
import io.modelmill.trainingspec.setting.Setting;

/** How the learning rate can change. */
public final class Schedules {
    /** Steps over which the rate first rises from 0. */
    public static final Setting<Long> WARMUP_STEPS = Setting.whole("warmup_steps", 0L, 0, 1_000_000);

    /** What the rate is multiplied by. */
    public static final Setting<Double> FACTOR =
            new Setting<>("factor", Double.class, 0.1, "above 0 and below 1", value -> value > 0 && value < 1);

    /** Epochs between two changes. */
    public static final Setting<Long> EVERY_EPOCHS = Setting.whole("every_epochs", null, 1, 10_000);

    public static final Setting<Double> MIN_LEARNING_RATE = Setting.notNegative("min_learning_rate", 0);

    /** Epochs without a better loss before a change. */
    public static final Setting<Long> PATIENCE = Setting.whole("patience", 10L, 1, 10_000);

    public static final Entry CONSTANT = Entry.of("constant", WARMUP_STEPS);

    public static final Entry STEP = Entry.of("step", WARMUP_STEPS, FACTOR, EVERY_EPOCHS);

    /** Half a wave from the optimiser's rate down to the least, over all steps after the warm-up. */
    public static final Entry COSINE = Entry.of("cosine", WARMUP_STEPS, MIN_LEARNING_RATE);

    public static final Entry ON_PLATEAU = Entry.of("on_plateau", WARMUP_STEPS, FACTOR, PATIENCE, MIN_LEARNING_RATE);

    public static final Catalogue CATALOGUE = Catalogue.of(CONSTANT, STEP, COSINE, ON_PLATEAU);

    private Schedules() {}
}
