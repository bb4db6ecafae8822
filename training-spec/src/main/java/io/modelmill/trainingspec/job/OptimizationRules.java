package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DataSpec.Split;
import io.modelmill.trainingspec.job.TrainingSpec.EarlyStopping;
import io.modelmill.trainingspec.optimization.Losses;
import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.optimization.Schedules;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.trainingspec.setting.Entry;
import io.modelmill.trainingspec.setting.Setting;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What can be wrong with what is minimised and how. */
final class OptimizationRules {
    private static final List<Entry> CLASS_LOSSES = List.of(Losses.CROSS_ENTROPY, Losses.BINARY_CROSS_ENTROPY);
    private static final List<Entry> NUMBER_LOSSES =
            List.of(Losses.MEAN_SQUARED_ERROR, Losses.MEAN_ABSOLUTE_ERROR, Losses.HUBER);

    private final TrainingSpec spec;
    private final Optional<Task> task;
    private final Faults faults;

    OptimizationRules(TrainingSpec spec, Optional<Task> task, Faults faults) {
        this.spec = spec;
        this.task = task;
        this.faults = faults;
    }

    void check() {
        checkLoss();
        checkOptimizer();
        checkRegularization();
        spec.earlyStopping().ifPresent(this::checkEarlyStopping);
    }

    private void checkLoss() {
        Faults below = faults.below("loss");
        Optional<Settings> settings = Losses.CATALOGUE.read(spec.loss(), "a loss", below);
        boolean known = Losses.CATALOGUE.entries().stream()
                .anyMatch(entry -> entry.name().equals(spec.loss().type()));
        if (task.isEmpty() || !known) {
            return;
        }
        List<Entry> fitting = losses(task.get());
        below.check(
                fitting.stream()
                        .anyMatch(entry -> entry.name().equals(spec.loss().type())),
                "type",
                spec.loss().type(),
                "for " + task.get().specName() + " one of "
                        + fitting.stream().map(Entry::name).collect(Collectors.joining(", ")));
        if (task.get() != Task.CLASSIFICATION) {
            refuse(Losses.CLASS_WEIGHTING, below);
            refuse(Losses.CLASS_WEIGHTS, below);
        }
        if (task.get() == Task.AUTOENCODING) {
            refuse(Losses.LABEL_SMOOTHING, below);
            // Around a mean of 0 no column is without values below it.
            faults.below("data")
                    .check(
                            !spec.loss().type().equals(Losses.BINARY_CROSS_ENTROPY.name())
                                    || !spec.data().normalization().equals("z_score"),
                            "normalization",
                            spec.data().normalization(),
                            "min_max, scale_255 or none: binary_cross_entropy compares values from 0 to 1");
        }
        settings.filter(_ -> spec.loss().type().endsWith(Losses.CROSS_ENTROPY.name()))
                .ifPresent(values -> checkClassWeights(values, below));
    }

    private static void checkClassWeights(Settings values, Faults below) {
        List<Double> weights = values.get(Losses.CLASS_WEIGHTS);
        below.check(
                weights.isEmpty() || values.get(Losses.CLASS_WEIGHTING).equals("none"),
                Losses.CLASS_WEIGHTS.name(),
                weights,
                "not set: class_weighting says " + values.get(Losses.CLASS_WEIGHTING));
    }

    private void refuse(Setting<?> setting, Faults below) {
        Object given = spec.loss().settings().get(setting.name());
        below.check(
                given == null,
                setting.name(),
                given == null ? "" : given,
                "not set: " + spec.task() + " has no labels of classes");
    }

    private static List<Entry> losses(Task task) {
        return switch (task) {
            case CLASSIFICATION -> CLASS_LOSSES;
            case REGRESSION -> NUMBER_LOSSES;
            case AUTOENCODING ->
                List.of(
                        Losses.MEAN_SQUARED_ERROR,
                        Losses.MEAN_ABSOLUTE_ERROR,
                        Losses.HUBER,
                        Losses.BINARY_CROSS_ENTROPY);
            case LANGUAGE_MODELLING, WORD_EMBEDDING -> List.of(Losses.CROSS_ENTROPY);
            case QUANTIZATION -> List.of();
        };
    }

    private void checkOptimizer() {
        Faults below = faults.below("optimizer");
        Optional<Settings> optimizer = Optimizers.CATALOGUE.read(spec.optimizer(), "an optimizer", below);
        if (optimizer.isPresent() && spec.optimizer().type().equals(Optimizers.SGD.name())) {
            Settings sgd = optimizer.get();
            below.check(
                    !sgd.get(Optimizers.NESTEROV) || sgd.get(Optimizers.MOMENTUM) > 0,
                    Optimizers.NESTEROV.name(),
                    true,
                    "false: without a momentum no step looks ahead");
        }
        Choice choice = spec.schedule();
        Faults schedule = faults.below("schedule");
        Optional<Settings> settings = Schedules.CATALOGUE.read(choice, "a schedule", schedule);
        boolean hasLeast =
                choice.type().equals(Schedules.COSINE.name()) || choice.type().equals(Schedules.ON_PLATEAU.name());
        if (hasLeast && settings.isPresent() && optimizer.isPresent()) {
            double least = settings.get().get(Schedules.MIN_LEARNING_RATE);
            double rate = optimizer.get().get(Optimizers.LEARNING_RATE);
            schedule.check(
                    least < rate,
                    Schedules.MIN_LEARNING_RATE.name(),
                    least,
                    "below " + rate + ", the optimizer's learning_rate");
        }
    }

    private void checkRegularization() {
        Faults below = faults.below("regularization");
        notNegative("l1", spec.regularization().l1(), below);
        notNegative("l2", spec.regularization().l2(), below);
        notNegative("max_gradient_norm", spec.regularization().maxGradientNorm(), below);
        notNegative("max_gradient_value", spec.regularization().maxGradientValue(), below);
    }

    private void checkEarlyStopping(EarlyStopping early) {
        Faults below = faults.below("early_stopping");
        below.check(
                early.patience() >= 1 && early.patience() <= SpecRules.MOST_EPOCHS,
                "patience",
                early.patience(),
                "1 to " + SpecRules.MOST_EPOCHS);
        notNegative("min_delta", early.minDelta(), below);
        List<String> metrics = switch (task.orElse(Task.AUTOENCODING)) {
            case CLASSIFICATION -> List.of("validation_loss", "validation_accuracy", "validation_f1_macro");
            case REGRESSION -> List.of("validation_loss", "validation_r2");
            default -> List.of("validation_loss");
        };
        below.check(
                task.isEmpty() || metrics.contains(early.metric()),
                "metric",
                early.metric(),
                "for " + spec.task() + " one of " + String.join(", ", metrics));
        Split split = spec.data().split();
        faults.check(
                split.validationFraction() > 0
                        || split.type().equals(Split.GIVEN)
                        || split.type().equals(Split.NONE),
                "data.split.validation_fraction",
                split.validationFraction(),
                "above 0: early stopping needs validation rows");
        faults.check(
                !split.type().equals(Split.NONE),
                "data.split.type",
                split.type(),
                "another: early stopping needs validation rows");
    }

    private static void notNegative(String field, double value, Faults faults) {
        faults.check(value >= 0 && Double.isFinite(value), field, value, "finite and at least 0");
    }
}
