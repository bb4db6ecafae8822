package io.modelmill.training.sweep;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.SpecRules;
import io.modelmill.trainingspec.sweep.Domain;
import io.modelmill.trainingspec.sweep.MisfitException;
import io.modelmill.trainingspec.sweep.Parameter;
import io.modelmill.trainingspec.sweep.SearchSpace;
import io.modelmill.trainingspec.sweep.StoppingRule;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Tells what is wrong with a sweep, as far as it can be told without the registry. */
final class SweepRules {
    private static final int MOST_PARAMETERS = 20;
    private static final int MOST_VALUES = 100;
    private static final int MOST_TRIALS = 1_000;
    private static final int MOST_PARALLEL = 100;
    /** One fault of a spec is told of each trial that has it: more would hide the others. */
    private static final int MOST_TRIALS_TOLD = 5;

    private static final Pattern MEASURE = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final Pattern ALIAS = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    private SweepRules() {}

    /** Notes every fault, with paths from the sweep on. */
    static void check(SweepDefinition definition, Faults faults) {
        int before = faults.found().size();
        parameters(definition.parameters(), faults);
        boolean sound = faults.found().size() == before;
        counts(definition, sound, faults);
        faults.check(
                definition.common().aliases().isEmpty(),
                "spec.aliases",
                definition.common().aliases(),
                "none: promote_alias names the one that the best version gets");
        faults.check(
                definition.common().resumeFrom().isEmpty(),
                "spec.resume_from",
                definition.common().resumeFrom(),
                "empty: trials begin with their first step");
        faults.check(
                definition.promoteAlias().isEmpty()
                        || ALIAS.matcher(definition.promoteAlias()).matches(),
                "promote_alias",
                definition.promoteAlias(),
                ALIAS.toString());
        measure(definition, faults);
        stopping(definition.stopping(), faults.below("stopping"));
        if (faults.found().size() == before) {
            trials(definition, faults);
        }
    }

    private static void parameters(List<Parameter> parameters, Faults faults) {
        faults.check(
                !parameters.isEmpty() && parameters.size() <= MOST_PARAMETERS,
                "parameters",
                parameters.size(),
                "1 to " + MOST_PARAMETERS);
        Set<String> paths = new HashSet<>();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            Faults below = faults.below("parameters", i);
            below.check(paths.add(parameter.path()), "path", parameter.path(), "a path that no other parameter has");
            switch (parameter.domain()) {
                case Domain.Values values -> {
                    int count = values.values().size();
                    below.check(
                            count >= 1 && count <= MOST_VALUES,
                            "values",
                            count,
                            "1 to " + MOST_VALUES + ", or a range");
                    below.check(
                            new HashSet<>(values.values()).size() == count, "values", values.values(), "none twice");
                }
                case Domain.Range range -> range(range.min(), range.max(), range.logarithmic(), below);
                case Domain.WholeRange range -> range(range.min(), range.max(), range.logarithmic(), below);
            }
        }
    }

    private static void range(double min, double max, boolean logarithmic, Faults faults) {
        faults.check(Double.isFinite(min), "range.min", min, "a number");
        faults.check(Double.isFinite(max) && max > min, "range.max", max, "a number above " + min);
        faults.check(!logarithmic || min > 0, "range.min", min, "above 0, where it is logarithmic");
    }

    private static void counts(SweepDefinition definition, boolean sound, Faults faults) {
        int trials = definition.trialCount();
        long most = sound
                ? Math.min(MOST_TRIALS, new SearchSpace(definition.parameters()).most(definition.search()))
                : MOST_TRIALS;
        if (most == 0) {
            faults.add("search", "grid", "random, where a parameter has a range that is not whole");
        } else if (trials < 1 || trials > most) {
            String why = most < MOST_TRIALS ? ", as there are no more configurations" : "";
            faults.add("trial_count", trials, "1 to " + most + why);
        }
        faults.check(
                definition.parallelism() >= 1 && definition.parallelism() <= MOST_PARALLEL,
                "parallelism",
                definition.parallelism(),
                "1 to " + MOST_PARALLEL);
    }

    private static void measure(SweepDefinition definition, Faults faults) {
        String measure = definition.measure();
        boolean named = faults.check(
                MEASURE.matcher(measure).matches() && !measure.startsWith("test_"),
                "measure",
                measure,
                "a measure after each epoch, such as validation_loss; held-out rows choose nothing");
        DataSpec.Split split = definition.common().data().split();
        if (named && measure.startsWith("validation_") && !split.type().equals("given")) {
            faults.check(
                    split.validationFraction() > 0,
                    "spec.data.split.validation_fraction",
                    split.validationFraction(),
                    "above 0, for " + measure);
        }
    }

    private static void stopping(StoppingRule rule, Faults faults) {
        switch (rule) {
            case StoppingRule.Never() -> {}
            case StoppingRule.Asha(int minEpochs, int reduction) -> {
                faults.check(minEpochs >= 1, "min_epochs", minEpochs, ">= 1");
                faults.check(reduction >= 2 && reduction <= 10, "reduction", reduction, "2 to 10");
            }
            case StoppingRule.MedianStopping(int minEpochs, int minTrials) -> {
                faults.check(minEpochs >= 1, "min_epochs", minEpochs, ">= 1");
                faults.check(minTrials >= 1 && minTrials <= 100, "min_trials", minTrials, "1 to 100");
            }
        }
    }

    /** What each trial's spec would be refused for. */
    private static void trials(SweepDefinition definition, Faults faults) {
        int told = 0;
        for (int number = 1; number <= definition.trialCount() && told < MOST_TRIALS_TOLD; number++) {
            try {
                Faults ofTrial = Faults.ofSpec();
                SpecRules.check(definition.spec(number), ofTrial);
                for (Fault fault : ofTrial.found()) {
                    faults.add("spec." + fault.path(), fault.offending(), fault.expected() + ", in trial " + number);
                }
                told += ofTrial.isEmpty() ? 0 : 1;
            } catch (MisfitException misfit) {
                List<Parameter> parameters = definition.parameters();
                for (int i = 0; i < parameters.size(); i++) {
                    if (parameters.get(i).path().equals(misfit.path())) {
                        faults.add(
                                "parameters[" + i + "]", misfit.path() + " = " + misfit.offending(), misfit.expected());
                    }
                }
                // Others would most likely not fit for the same reason.
                return;
            }
        }
    }
}
