package io.modelmill.training.run.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobConfig;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobState;
import io.modelmill.training.job.OpenAttempt;
import io.modelmill.training.job.PostgresRunnerAttempts;
import io.modelmill.training.run.WorkerEnd;
import io.modelmill.training.run.WorkerTokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Compares what the database says of attempts with what the cluster says of Jobs, both ways, and repairs. Every replica may
 * do so at once: an attempt ends under the lock of its job's row and once only, and a deletion done twice is done.
 *
 * <p>No Job is ever made here. An attempt whose Job is gone is over; the next one has another number and so another name.
 */
final class Reconciler {
    private static final Logger LOG = Logger.getLogger(Reconciler.class);

    private final String runner;
    private final KubernetesRunnerConfig config;
    private final Duration lease;
    private final KubernetesCluster cluster;
    private final WorkerTokens tokens;
    private final JobLife life;
    private final PostgresRunnerAttempts attempts;

    /** What this replica remembers of open attempts; another's memory may differ, what both do from it not. */
    private final Set<AttemptName> seen = new HashSet<>();

    private final Set<AttemptName> suspended = new HashSet<>();
    private final Map<AttemptName, Duration> tokenAges = new HashMap<>();

    Reconciler(
            String runner,
            KubernetesRunnerConfig config,
            JobConfig job,
            KubernetesCluster cluster,
            WorkerTokens tokens,
            JobLife life,
            PostgresRunnerAttempts attempts) {
        this.runner = runner;
        this.config = config;
        this.lease = job.lease();
        this.cluster = cluster;
        this.tokens = tokens;
        this.life = life;
        this.attempts = attempts;
    }

    /** How long a worker's first token lasts: it is renewed after half of that while the worker has not begun. */
    Duration tokenLifetime() {
        return config.startTimeout().plus(lease);
    }

    /**
     * Looks once.
     *
     * @throws KubernetesClientException if the cluster cannot be seen; nothing is judged then, and the leases of attempts
     *     that wait for their start are extended all the same
     */
    synchronized void pass() {
        attempts.hold(attempts.open(runner).stream().filter(this::mayStillStart).toList(), lease);
        List<Job> jobs = cluster.jobs();
        Map<AttemptName, List<Pod>> pods = new HashMap<>();
        for (Pod pod : cluster.pods()) {
            AttemptName.of(pod)
                    .ifPresent(name -> pods.computeIfAbsent(name, none -> new ArrayList<>())
                            .add(pod));
        }
        // After the Jobs: an attempt is there before its Job is, so a Job without one is an orphan.
        Map<AttemptName, OpenAttempt> open = new HashMap<>();
        for (OpenAttempt attempt : attempts.open(runner)) {
            open.put(nameOf(attempt), attempt);
        }
        seen.retainAll(open.keySet());
        suspended.retainAll(open.keySet());
        tokenAges.keySet().retainAll(open.keySet());
        Set<AttemptName> present = new HashSet<>();
        each(jobs, job -> {
            Optional<AttemptName> name = AttemptName.of(job);
            Optional<OpenAttempt> attempt = name.map(open::get);
            WorkerState state = WorkerState.of(job, name.map(pods::get).orElse(List.of()));
            if (name.isPresent() && attempt.isPresent()) {
                present.add(name.get());
                seen.add(name.get());
                judge(name.get(), attempt.get(), job, state);
            } else {
                removeOrphan(name, job, state);
            }
        });
        each(open.entrySet(), entry -> {
            if (!present.contains(entry.getKey())) {
                judgeMissing(entry.getKey(), entry.getValue());
            }
        });
    }

    private static AttemptName nameOf(OpenAttempt attempt) {
        return new AttemptName(attempt.jobKey(), attempt.number(), attempt.submitted());
    }

    /** One that fails must not keep the others waiting. */
    private static <T> void each(Iterable<T> all, Consumer<T> work) {
        for (T one : all) {
            try {
                work.accept(one);
            } catch (RuntimeException failure) {
                LOG.warnf(failure, "not reconciled, trying again");
            }
        }
    }

    private boolean mayStillStart(OpenAttempt attempt) {
        return attempt.state() == JobState.STARTING
                && (attempt.age().compareTo(config.startTimeout()) < 0 || suspended.contains(nameOf(attempt)));
    }

    private void judge(AttemptName name, OpenAttempt attempt, Job job, WorkerState state) {
        if (!(state instanceof WorkerState.Suspended)) {
            suspended.remove(name);
        }
        switch (state) {
            case WorkerState.Ended(Happening happening) -> happen(attempt, happening);
            case WorkerState.Running running -> giveToken(name, attempt, job);
            case WorkerState.Suspended suspension -> {
                if (attempt.state() == JobState.STARTING) {
                    suspended.add(name);
                }
                notBegun(name, attempt, job, Optional.of("waits in the cluster's queue"));
            }
            case WorkerState.Waiting(Optional<String> reason) -> {
                if (attempt.state() == JobState.STARTING && attempt.age().compareTo(config.startTimeout()) >= 0) {
                    happen(
                            attempt,
                            WorkerEnd.lost("the worker did not start within " + config.startTimeout()
                                    + reason.map(why -> ": " + why).orElse("")));
                } else {
                    notBegun(name, attempt, job, reason);
                }
            }
        }
    }

    private void notBegun(AttemptName name, OpenAttempt attempt, Job job, Optional<String> reason) {
        switch (attempt.state()) {
            case STARTING -> {
                giveToken(name, attempt, job);
                if (reason.isPresent() && attempt.age().compareTo(config.explainAfter()) >= 0) {
                    life.explain(attempt.job(), attempt.number(), "the worker is not started yet: " + reason.get());
                }
            }
            // Nobody is there who could hear of the cancel.
            case CANCELLING -> happen(attempt, new Happening.WorkerStopped());
            case RUNNING -> {
                if (Boolean.TRUE.equals(job.getSpec().getSuspend())) {
                    happen(attempt, WorkerEnd.displaced("the cluster's queue took the worker's place"));
                }
            }
            default -> {}
        }
    }

    /** The token of a worker that may yet begin must last; once it has begun, its leases bring new ones. */
    private void giveToken(AttemptName name, OpenAttempt attempt, Job job) {
        Duration given = tokenAges.get(name);
        boolean fresh = given != null
                && attempt.age().minus(given).compareTo(tokenLifetime().dividedBy(2)) < 0;
        if (attempt.state() == JobState.STARTING && !fresh) {
            cluster.putToken(job, tokens.sign(attempt.job(), tokenLifetime()));
            tokenAges.put(name, attempt.age());
        }
    }

    /** Ended ones are left to their time to live: they hold the log, and nothing rises from them. */
    private void removeOrphan(Optional<AttemptName> name, Job job, WorkerState state) {
        if (job.getMetadata().getDeletionTimestamp() != null || state instanceof WorkerState.Ended) {
            return;
        }
        boolean mayEndByItself = state instanceof WorkerState.Running
                && name.flatMap(known -> attempts.sinceEnd(known.jobKey(), known.number()))
                        .filter(since -> since.compareTo(config.exitGrace()) < 0)
                        .isPresent();
        if (!mayEndByItself) {
            LOG.infof(
                    "Job %s has no open attempt and is deleted",
                    job.getMetadata().getName());
            cluster.delete(job);
        }
    }

    private void judgeMissing(AttemptName name, OpenAttempt attempt) {
        boolean was = seen.contains(name) || attempt.state() == JobState.RUNNING;
        boolean mayBeOnItsWay = !was && attempt.age().compareTo(config.creationGrace()) < 0;
        // Again by itself: it may have been made since all were listed.
        if (mayBeOnItsWay || cluster.find(name.objectName(config.namePrefix())).isPresent()) {
            return;
        }
        happen(attempt, WorkerEnd.lost(was ? "the worker's Job is gone" : "the worker's Job was never made"));
    }

    private void happen(OpenAttempt attempt, Happening happening) {
        life.happen(attempt.job(), attempt.number(), happening)
                .ifPresent(
                        after -> LOG.infof("%s: attempt %d: %s", attempt.job(), attempt.number(), happening.reason()));
    }
}
