package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What can be wrong with a spec by itself, without a look at the data. */
public final class SpecRules {
    static final int MOST_EPOCHS = 10_000;
    private static final int LARGEST_BATCH = 65_536;
    private static final int MOST_CHECKPOINT_STEPS = 1_000_000;
    private static final int MOST_ALIASES = 16;
    private static final Duration LONGEST = Duration.ofDays(30);

    private final TrainingSpec spec;
    private final Faults faults;

    private SpecRules(TrainingSpec spec, Faults faults) {
        this.spec = spec;
        this.faults = faults;
    }

    /** Notes every fault of the spec, by the paths of the API's fields. */
    public static void check(TrainingSpec spec, Faults faults) {
        new SpecRules(spec, faults).check();
    }

    private void check() {
        NamePatterns.MODEL.check(spec.model(), "model", faults);
        NamePatterns.DATASET_VERSION.check(spec.datasetVersion(), "dataset_version", faults);
        Optional<Task> task = Task.find(spec.task());
        // A task that is empty follows from a loss that is unknown, which is told.
        faults.check(
                task.isPresent() || spec.task().isEmpty(),
                "task",
                spec.task(),
                "one of " + Arrays.stream(Task.values()).map(Task::specName).collect(Collectors.joining(", ")));
        new DataSpecRules(spec.data(), task, faults.below("data")).check();
        if (task.equals(Optional.of(Task.QUANTIZATION))) {
            QuantizationRules.check(spec, faults);
        } else {
            checkTraining(task);
        }
        faults.check(
                spec.maxDuration().isPositive() && spec.maxDuration().compareTo(LONGEST) <= 0,
                "max_duration",
                spec.maxDuration(),
                "above PT0S and at most " + LONGEST);
        checkAliases(spec.aliases());
    }

    private void checkTraining(Optional<Task> task) {
        new NetworkRules(spec, task, faults).check();
        new OptimizationRules(spec, task, faults).check();
        range("epochs", spec.epochs(), 1, MOST_EPOCHS);
        range("batch_size", spec.batchSize(), 1, LARGEST_BATCH);
        range("checkpoint_steps", spec.checkpointSteps(), 0, MOST_CHECKPOINT_STEPS);
        new TeachingRules(spec, task, faults).check();
        spec.quantization()
                .ifPresent(quantization -> faults.add(
                        "quantization",
                        quantization.parentVersion(),
                        "not set: only the task " + Task.QUANTIZATION.specName() + " has one"));
        if (!spec.resumeFrom().isEmpty()) {
            NamePatterns.JOB.check(spec.resumeFrom(), "resume_from", faults);
        }
    }

    private void checkAliases(List<String> aliases) {
        faults.check(aliases.size() <= MOST_ALIASES, "aliases", aliases.size(), "at most " + MOST_ALIASES);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < Math.min(aliases.size(), MOST_ALIASES); i++) {
            String alias = aliases.get(i);
            faults.check(alias.matches(NamePatterns.ID), "aliases[" + i + "]", alias, NamePatterns.ID);
            faults.check(seen.add(alias), "aliases[" + i + "]", alias, "each alias once");
        }
    }

    private void range(String field, int value, int least, int most) {
        faults.check(value >= least && value <= most, field, value, least + " to " + most);
    }
}
