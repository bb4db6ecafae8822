package io.modelmill.benchmarks.sweep;

import io.modelmill.trainingspec.sweep.Curve;
import io.modelmill.trainingspec.sweep.Objective;
import io.modelmill.trainingspec.sweep.StoppingRule;
import java.util.ArrayList;
import java.util.List;

/**
 * A sweep over trials whose whole curves are known: what a rule would have stopped, with so many trials at a time, each epoch
 * taking as long as any other.
 */
final class SweepRun {
    private final List<Curve> curves;
    private final StoppingRule rule;
    private final Objective objective;
    private final int[] done;
    private final boolean[] over;

    private SweepRun(List<Curve> curves, StoppingRule rule, Objective objective) {
        this.curves = curves;
        this.rule = rule;
        this.objective = objective;
        this.done = new int[curves.size()];
        this.over = new boolean[curves.size()];
    }

    /** What came of it. */
    static Outcome of(List<Curve> curves, StoppingRule rule, Objective objective, int parallelism) {
        return new SweepRun(curves, rule, objective).run(parallelism);
    }

    private Outcome run(int parallelism) {
        List<Integer> running = new ArrayList<>();
        int next = 0;
        while (next < curves.size() || !running.isEmpty()) {
            while (running.size() < parallelism && next < curves.size()) {
                running.add(next++);
            }
            running.forEach(trial -> done[trial]++);
            for (int trial : running) {
                boolean complete = done[trial] == curves.get(trial).epochs();
                over[trial] = complete || rule.stops(soFar(trial), others(trial), objective);
            }
            running.removeIf(trial -> over[trial]);
        }
        double best = Double.NaN;
        int epochs = 0;
        for (int trial = 0; trial < curves.size(); trial++) {
            epochs += done[trial];
            // A trial that was stopped makes no version.
            if (done[trial] == curves.get(trial).epochs()) {
                double last = curves.get(trial).points().getLast().value();
                best = objective.prefers(last, best) ? last : best;
            }
        }
        return new Outcome(best, epochs);
    }

    private List<Curve> others(int trial) {
        List<Curve> others = new ArrayList<>();
        for (int other = 0; other < curves.size(); other++) {
            if (other != trial && done[other] > 0) {
                others.add(soFar(other));
            }
        }
        return others;
    }

    private Curve soFar(int trial) {
        return new Curve(curves.get(trial).points().subList(0, done[trial]));
    }

    /**
     * What a sweep found and cost.
     *
     * @param best last value of the best trial that trained to its end
     * @param epochs of all trials
     */
    record Outcome(double best, int epochs) {}
}
