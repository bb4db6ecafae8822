package io.modelmill.trainingspec.optimization;

import io.modelmill.trainingspec.setting.Catalogue;
import io.modelmill.trainingspec.setting.Entry;
import io.modelmill.trainingspec.setting.Setting;

/** How a loss can be minimised. */
public final class Optimizers {
    /** Step size. */
    public static final Setting<Double> LEARNING_RATE = Setting.positive("learning_rate", null);

    public static final Setting<Double> MOMENTUM = Setting.fraction("momentum", 0.0);

    /** L2 penalty; decoupled from the gradients for adamw. */
    public static final Setting<Double> WEIGHT_DECAY = Setting.notNegative("weight_decay", 0);

    /** Whether the step of a momentum looks ahead. */
    public static final Setting<Boolean> NESTEROV = Setting.flag("nesterov");

    /** Decay of the mean of gradients. */
    public static final Setting<Double> BETA_1 = Setting.fraction("beta1", 0.9);

    /** Decay of the mean of squared gradients. */
    public static final Setting<Double> BETA_2 = Setting.fraction("beta2", 0.999);

    /** Decay of rmsprop's mean of squared gradients. */
    public static final Setting<Double> DECAY = Setting.fraction("decay", 0.99);

    /** Added to what divides. */
    public static final Setting<Double> EPSILON = Setting.positive("epsilon", 1e-8);

    /** The same for adagrad, whose squares only grow. */
    public static final Setting<Double> SMALL_EPSILON = Setting.positive("epsilon", 1e-10);

    public static final Entry SGD = Entry.of("sgd", LEARNING_RATE, MOMENTUM, NESTEROV, WEIGHT_DECAY);

    public static final Entry ADAGRAD = Entry.of("adagrad", LEARNING_RATE, WEIGHT_DECAY, SMALL_EPSILON);

    public static final Entry RMSPROP = Entry.of("rmsprop", LEARNING_RATE, MOMENTUM, DECAY, WEIGHT_DECAY, EPSILON);

    public static final Entry ADAM = Entry.of("adam", LEARNING_RATE, BETA_1, BETA_2, WEIGHT_DECAY, EPSILON);

    public static final Entry ADAMW = Entry.of("adamw", LEARNING_RATE, BETA_1, BETA_2, WEIGHT_DECAY, EPSILON);

    public static final Catalogue CATALOGUE = Catalogue.of(SGD, ADAGRAD, RMSPROP, ADAM, ADAMW);

    private Optimizers() {}
}
