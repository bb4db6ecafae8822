package io.modelmill.trainingspec.sweep;

import java.util.Collection;
import java.util.List;
import java.util.OptionalDouble;

/** Which trials are not worth going on with. What it answers depends on the curves alone, so that any replica may ask. */
public sealed interface StoppingRule {
    /**
     * Whether a trial that runs should stop.
     *
     * @param others of the same sweep, whether they run, ended or were stopped
     */
    boolean stops(Curve trial, Collection<Curve> others, Objective objective);

    /** No trial is stopped. */
    record Never() implements StoppingRule {
        @Override
        public boolean stops(Curve trial, Collection<Curve> others, Objective objective) {
            return false;
        }
    }

    /**
     * Asynchronous successive halving, of the kind that stops trials: at each rung the best share of the trials that reached
     * it goes on. The rungs are at {@code minEpochs} and at {@code reduction} times the one before. A trial is measured against
     * its latest rung again whenever another reaches it: the first to come would otherwise all go on.
     *
     * @param minEpochs of the first rung
     * @param reduction one of so many goes on
     */
    record Asha(int minEpochs, int reduction) implements StoppingRule {
        @Override
        public boolean stops(Curve trial, Collection<Curve> others, Objective objective) {
            if (trial.epochs() < minEpochs) {
                return false;
            }
            long rung = minEpochs;
            while (rung * reduction <= trial.epochs()) {
                rung *= reduction;
            }
            int epochs = Math.toIntExact(rung);
            double mine = trial.after(epochs).orElseThrow();
            List<Double> there = others.stream()
                    .map(other -> other.after(epochs))
                    .filter(OptionalDouble::isPresent)
                    .map(OptionalDouble::getAsDouble)
                    .toList();
            int reached = there.size() + 1;
            if (reached < reduction) {
                return false;
            }
            long better = there.stream()
                    .filter(other -> objective.prefers(other, mine))
                    .count();
            return better >= reached / reduction;
        }
    }

    /**
     * The median rule: a trial stops if the best that it has reached is worse than the median of what the others had reached
     * on average by then.
     *
     * @param minEpochs before which no trial is stopped
     * @param minTrials others that must have come as far
     */
    record MedianStopping(int minEpochs, int minTrials) implements StoppingRule {
        @Override
        public boolean stops(Curve trial, Collection<Curve> others, Objective objective) {
            int epochs = trial.epochs();
            if (epochs < minEpochs) {
                return false;
            }
            List<Double> means = others.stream()
                    .filter(other -> other.epochs() >= epochs)
                    .map(other -> other.mean(epochs))
                    .sorted(objective.bestFirst())
                    .toList();
            // Of an even number the better of the two in the middle would be too strict: the other is taken.
            return means.size() >= minTrials
                    && !means.isEmpty()
                    && objective.prefers(means.get(means.size() / 2), trial.best(epochs, objective));
        }
    }
}
