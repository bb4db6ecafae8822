package io.modelmill.training.sweep;

import io.modelmill.training.job.Scheduling;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.sweep.Configuration;
import io.modelmill.trainingspec.sweep.Objective;
import io.modelmill.trainingspec.sweep.Parameter;
import io.modelmill.trainingspec.sweep.Search;
import io.modelmill.trainingspec.sweep.SearchSpace;
import io.modelmill.trainingspec.sweep.StoppingRule;
import io.modelmill.trainingspec.sweep.TrialSpecProtoMapper;
import java.util.List;

/**
 * What a sweep searches, and how.
 *
 * @param common what all trials have in common
 * @param resourceClass of the trials' workers; empty for no wish
 * @param scheduling how trials take their turns
 * @param trialCount trials in all
 * @param parallelism trials that wait or run at a time
 * @param seed of what is drawn
 * @param measure after each epoch, that trials are compared by
 * @param promoteAlias that moves to the best version at the end; empty for none
 */
record SweepDefinition(
        TrainingSpec common,
        String resourceClass,
        Scheduling scheduling,
        List<Parameter> parameters,
        Search search,
        int trialCount,
        int parallelism,
        long seed,
        String measure,
        Objective objective,
        StoppingRule stopping,
        String promoteAlias) {
    SweepDefinition {
        parameters = List.copyOf(parameters);
    }

    /** @param number of the trial, from 1 */
    Configuration configuration(int number) {
        return new SearchSpace(parameters).trial(search, number - 1, seed);
    }

    /** @param number of the trial, from 1 */
    TrainingSpec spec(int number) {
        return TrialSpecProtoMapper.apply(common, configuration(number));
    }
}
