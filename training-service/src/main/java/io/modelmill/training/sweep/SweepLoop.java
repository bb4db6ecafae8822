package io.modelmill.training.sweep;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.training.job.JobName;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.training.schedule.BackgroundLoop;
import io.modelmill.training.schedule.ScheduleConfig;
import io.modelmill.trainingspec.sweep.Curve;
import io.modelmill.trainingspec.sweep.Objective;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Moves sweeps on: begins trials, stops those that lag, and ends a sweep whose trials have. All that it knows is in the
 * database, and each step may be done twice or by another replica: a trial's job is made by a request id of its own.
 */
@ApplicationScoped
public class SweepLoop {
    private static final Logger LOG = Logger.getLogger(SweepLoop.class);
    /** No other replica takes the sweep meanwhile; longer than one step lasts. */
    private static final Duration STEP = Duration.ofSeconds(60);

    private final PostgresSweeps sweeps;
    private final TrialJobs jobs;
    private final RegistryClient registry;
    private final ScheduleConfig config;
    private volatile @Nullable BackgroundLoop loop;

    SweepLoop(PostgresSweeps sweeps, TrialJobs jobs, RegistryClient registry, ScheduleConfig config) {
        this.sweeps = sweeps;
        this.jobs = jobs;
        this.registry = registry;
        this.config = config;
    }

    void onStart(@Observes StartupEvent event) {
        start();
    }

    void onStop(@Observes ShutdownEvent event) {
        stop();
    }

    /** Begins to look at sweeps. */
    public synchronized void start() {
        if (loop == null) {
            loop = new BackgroundLoop("sweeps", config.interval(), this::moveDue);
        }
    }

    /** Looks at no sweep any more; returns when the step that runs, if any, is done. */
    public synchronized void stop() {
        BackgroundLoop running = loop;
        if (running != null) {
            running.close();
            loop = null;
        }
    }

    /** Looks at sweeps soon. */
    void wake() {
        BackgroundLoop running = loop;
        if (running != null) {
            running.wake();
        }
    }

    /** Does one step for each sweep whose time has come. */
    void moveDue() {
        for (Optional<Sweep> due = sweeps.takeDue(STEP); due.isPresent(); due = sweeps.takeDue(STEP)) {
            Sweep sweep = due.get();
            Duration wait = config.interval();
            try {
                move(sweep);
            } catch (ServiceException away) {
                LOG.warnf("%s: tried again in %s: %s", sweep.name(), config.registryRetry(), away.getMessage());
                wait = config.registryRetry();
            } finally {
                sweeps.lookAgain(sweep.key(), wait);
            }
        }
    }

    private void move(Sweep sweep) {
        List<Trial> trials = sweeps.trials(sweep);
        if (sweep.state() == SweepState.CANCELLING) {
            trials.stream().filter(trial -> !trial.isOver()).forEach(trial -> jobs.cancel(job(sweep, trial)));
            if (trials.stream().allMatch(Trial::isOver)) {
                sweeps.change(sweep, SweepState.CANCELLED, sweep.reason(), Optional.empty());
            }
            return;
        }
        stopLaggards(sweep, trials);
        begin(sweep, trials);
        // Trials that were refused just now are looked at in the next step.
        boolean allBegun = trials.size() == sweep.definition().trialCount();
        if (allBegun && trials.stream().allMatch(Trial::isOver)) {
            end(sweep, trials);
        }
    }

    private void stopLaggards(Sweep sweep, List<Trial> trials) {
        Objective objective = sweep.definition().objective();
        for (Trial trial : trials) {
            if (trial.isOver()) {
                continue;
            }
            if (trial.stopReason().isEmpty()) {
                List<Curve> others = trials.stream()
                        .filter(other -> other.number() != trial.number())
                        .map(Trial::curve)
                        .toList();
                if (!sweep.definition().stopping().stops(trial.curve(), others, objective)) {
                    continue;
                }
                String reason = "stopped after %d epochs: %s lags behind other trials of the sweep"
                        .formatted(trial.curve().epochs(), sweep.definition().measure());
                sweeps.stopping(sweep.key(), trial.number(), reason);
            }
            // Also one that was to be stopped when a service died: cancelled twice is the same.
            jobs.cancel(job(sweep, trial));
        }
    }

    private void begin(Sweep sweep, List<Trial> trials) {
        long live = trials.stream().filter(trial -> !trial.isOver()).count();
        int next = trials.size() + 1;
        while (live < sweep.definition().parallelism()
                && next <= sweep.definition().trialCount()) {
            live += begin(sweep, next) ? 1 : 0;
            next++;
        }
    }

    /** Answers whether the trial has a job. */
    private boolean begin(Sweep sweep, int number) {
        Optional<String> refusal = jobs.begin(sweep, number);
        if (refusal.isPresent()) {
            LOG.infof("%s: trial %d can have no job: %s", sweep.name(), number, refusal.get());
            sweeps.refused(sweep.key(), number, refusal.get());
            return false;
        }
        sweeps.begun(sweep.key(), number, sweep.name().job(number));
        return true;
    }

    private void end(Sweep sweep, List<Trial> trials) {
        Objective objective = sweep.definition().objective();
        List<Trial> succeeded = trials.stream().filter(Trial::succeeded).toList();
        List<Trial> measured = new ArrayList<>(
                succeeded.stream().filter(trial -> trial.curve().epochs() > 0).toList());
        if (measured.isEmpty()) {
            String why = succeeded.isEmpty()
                    ? "no trial made a version"
                    : "no trial told " + sweep.definition().measure() + " after its epochs";
            sweeps.change(sweep, SweepState.FAILED, why, Optional.empty());
            return;
        }
        measured.sort((one, other) -> objective.bestFirst().compare(last(one), last(other)));
        Trial best = measured.getFirst();
        String version = best.job().flatMap(Trial.TrialJob::modelVersion).orElseThrow();
        String alias = sweep.definition().promoteAlias();
        if (!alias.isEmpty()) {
            Optional<String> refusal =
                    registry.moveAlias(sweep.definition().common().model() + "/aliases/" + alias, version);
            if (refusal.isPresent()) {
                sweeps.change(
                        sweep,
                        SweepState.FAILED,
                        "promote_alias: \"" + alias + "\" could not move to " + version + ": " + refusal.get(),
                        Optional.of(best.number()));
                return;
            }
        }
        String reason = "trial " + best.number() + " is the best of " + measured.size() + " that trained to their end"
                + (alias.isEmpty() ? "" : "; " + alias + " is its version");
        sweeps.change(sweep, SweepState.SUCCEEDED, reason, Optional.of(best.number()));
    }

    private static double last(Trial trial) {
        return trial.curve().points().getLast().value();
    }

    private static JobName job(Sweep sweep, Trial trial) {
        return sweep.name().job(trial.number());
    }
}
