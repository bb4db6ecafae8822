package io.modelmill.training.job;

import io.modelmill.training.job.Attempt.Outcome;
import java.util.Map;

/** What can happen to a job; {@link LifeCycle} says what follows from it. */
public sealed interface Happening {
    /** Why the job changes, for its owner. */
    String reason();

    /** How the open attempt ends, if what happens ends it. */
    default Outcome attemptOutcome() {
        return Outcome.LOST;
    }

    /** The scheduler takes the job. */
    record Admitted() implements Happening {
        @Override
        public String reason() {
            return "its turn has come";
        }
    }

    /**
     * An attempt begins.
     *
     * @param runner who runs it
     */
    record AttemptStarted(String runner) implements Happening {
        @Override
        public String reason() {
            return "a worker is being started";
        }
    }

    /** The worker has taken its assignment. */
    record AssignmentTaken() implements Happening {
        @Override
        public String reason() {
            return "the worker trains";
        }
    }

    /** The worker has trained. */
    record ModelTrained(TrainedModel model) implements Happening {
        @Override
        public String reason() {
            return "the worker has trained the model";
        }

        @Override
        public Outcome attemptOutcome() {
            return Outcome.TRAINED;
        }
    }

    /** The attempt failed in a way that every other would, too. */
    record JobFault(String reason) implements Happening {
        @Override
        public Outcome attemptOutcome() {
            return Outcome.FAILED;
        }
    }

    /**
     * The attempt failed and another may succeed.
     *
     * @param reported whether the worker says so by itself; otherwise it died or fell silent
     */
    record PlatformFault(String reason, boolean reported) implements Happening {
        @Override
        public Outcome attemptOutcome() {
            return reported ? Outcome.FAILED : Outcome.LOST;
        }
    }

    /**
     * The worker's memory did not suffice.
     *
     * @param reason what the worker or its end tells; the job's owner reads it with the classes that were tried
     */
    record OutOfMemory(String reason) implements Happening {
        @Override
        public Outcome attemptOutcome() {
            return Outcome.FAILED;
        }
    }

    /**
     * A job that this one comes after has ended and did not succeed.
     *
     * @param name resource name of that job
     */
    record DependencyEnded(String name, JobState state) implements Happening {
        @Override
        public String reason() {
            return "comes after " + name + ", which is " + state;
        }
    }

    /** The attempt was stopped for no fault of anybody, such as for a shutdown of its runner. */
    record Interrupted(String reason) implements Happening {}

    /**
     * The attempt has given its place to another job.
     *
     * @param atCheckpoint whether its worker stopped by itself; otherwise it is interrupted, and goes on from its last one
     */
    record Yielded(boolean atCheckpoint) implements Happening {
        @Override
        public String reason() {
            return atCheckpoint
                    ? "gave its place to another job"
                    : "gave its place to another job; the worker did not stop in time and is killed";
        }

        @Override
        public Outcome attemptOutcome() {
            return Outcome.YIELDED;
        }
    }

    /** A job that gave its place waits for its turn again, where it stood before. */
    record QueuedAgain() implements Happening {
        @Override
        public String reason() {
            return "waits for its turn again";
        }
    }

    /** The worker has stopped because it was asked to. */
    record WorkerStopped() implements Happening {
        @Override
        public String reason() {
            return "cancelled by its owner; the worker has stopped";
        }

        @Override
        public Outcome attemptOutcome() {
            return Outcome.CANCELLED;
        }
    }

    /** The owner wants the job to end. */
    record CancelAsked() implements Happening {
        @Override
        public String reason() {
            return "cancelled by its owner";
        }
    }

    /** The worker had its time to stop. */
    record CancelGraceEnded() implements Happening {
        @Override
        public String reason() {
            return "cancelled by its owner; the worker did not stop in time and is killed";
        }
    }

    /** The job has run, or waited for its first attempt, as long as it may. */
    record DeadlinePassed(String reason) implements Happening {}

    /** The wait before another attempt is over. */
    record RetryDue() implements Happening {
        @Override
        public String reason() {
            return "waits for another attempt";
        }
    }

    /** The registry may serve the version. */
    record VersionReady(String version, Map<String, Double> metrics) implements Happening {
        public VersionReady {
            metrics = Map.copyOf(metrics);
        }

        @Override
        public String reason() {
            return "the version is ready";
        }
    }

    /**
     * The registry keeps the version and will never serve it.
     *
     * @param version its resource name
     */
    record VersionRejected(String reason, String version, Map<String, Double> metrics) implements Happening {
        public VersionRejected {
            metrics = Map.copyOf(metrics);
        }
    }

    /** There will be no version. */
    record VersionRefused(String reason) implements Happening {}
}
