package io.modelmill.training.job;

import static io.modelmill.training.job.JobState.ADMITTED;
import static io.modelmill.training.job.JobState.CANCELLED;
import static io.modelmill.training.job.JobState.CANCELLING;
import static io.modelmill.training.job.JobState.FAILED;
import static io.modelmill.training.job.JobState.FINALIZING;
import static io.modelmill.training.job.JobState.PREEMPTED;
import static io.modelmill.training.job.JobState.QUEUED;
import static io.modelmill.training.job.JobState.RETRY_WAIT;
import static io.modelmill.training.job.JobState.RUNNING;
import static io.modelmill.training.job.JobState.STARTING;
import static io.modelmill.training.job.JobState.SUCCEEDED;
import static io.modelmill.training.job.JobState.TIMED_OUT;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The one table of a job's life: what follows from what happens to it, and what becomes of its attempt. */
final class LifeCycle {
    /** In an order that is read from top to bottom; docs/training.md shows it. What is not here changes nothing. */
    static final List<Step> TABLE = List.of(
            step(QUEUED, Happening.Admitted.class, ADMITTED),
            step(QUEUED, Happening.CancelAsked.class, CANCELLED),
            step(QUEUED, Happening.DeadlinePassed.class, TIMED_OUT),
            step(QUEUED, Happening.DependencyEnded.class, CANCELLED),
            step(ADMITTED, Happening.AttemptStarted.class, STARTING, AttemptChange.OPENS),
            step(STARTING, Happening.AssignmentTaken.class, RUNNING),
            step(STARTING, Happening.JobFault.class, FAILED, AttemptChange.CLOSES),
            step(STARTING, Happening.PlatformFault.class, Condition.RETRY_LEFT, RETRY_WAIT),
            step(STARTING, Happening.PlatformFault.class, Condition.NO_RETRY_LEFT, FAILED),
            step(STARTING, Happening.OutOfMemory.class, Condition.BIGGER_CLASS_LEFT, RETRY_WAIT),
            step(STARTING, Happening.OutOfMemory.class, Condition.NO_BIGGER_CLASS_LEFT, FAILED),
            step(STARTING, Happening.Interrupted.class, RETRY_WAIT, AttemptChange.CLOSES),
            step(STARTING, Happening.CancelAsked.class, CANCELLING),
            step(STARTING, Happening.DeadlinePassed.class, TIMED_OUT, AttemptChange.CLOSES),
            step(RUNNING, Happening.ModelTrained.class, FINALIZING, AttemptChange.CLOSES),
            step(RUNNING, Happening.JobFault.class, FAILED, AttemptChange.CLOSES),
            step(RUNNING, Happening.PlatformFault.class, Condition.RETRY_LEFT, RETRY_WAIT),
            step(RUNNING, Happening.PlatformFault.class, Condition.NO_RETRY_LEFT, FAILED),
            step(RUNNING, Happening.OutOfMemory.class, Condition.BIGGER_CLASS_LEFT, RETRY_WAIT),
            step(RUNNING, Happening.OutOfMemory.class, Condition.NO_BIGGER_CLASS_LEFT, FAILED),
            step(RUNNING, Happening.Interrupted.class, RETRY_WAIT, AttemptChange.CLOSES),
            step(RUNNING, Happening.Yielded.class, PREEMPTED, AttemptChange.CLOSES),
            step(RUNNING, Happening.CancelAsked.class, CANCELLING),
            step(RUNNING, Happening.DeadlinePassed.class, TIMED_OUT, AttemptChange.CLOSES),
            // A cancel that was accepted wins over whatever the attempt still says.
            step(CANCELLING, Happening.WorkerStopped.class, CANCELLED, AttemptChange.CLOSES),
            step(CANCELLING, Happening.CancelGraceEnded.class, CANCELLED, AttemptChange.CLOSES),
            step(CANCELLING, Happening.ModelTrained.class, CANCELLED, AttemptChange.CLOSES),
            step(CANCELLING, Happening.JobFault.class, CANCELLED, AttemptChange.CLOSES),
            step(CANCELLING, Happening.PlatformFault.class, CANCELLED, AttemptChange.CLOSES),
            step(CANCELLING, Happening.OutOfMemory.class, CANCELLED, AttemptChange.CLOSES),
            step(CANCELLING, Happening.Interrupted.class, CANCELLED, AttemptChange.CLOSES),
            step(CANCELLING, Happening.Yielded.class, CANCELLED, AttemptChange.CLOSES),
            step(PREEMPTED, Happening.QueuedAgain.class, QUEUED),
            step(RETRY_WAIT, Happening.RetryDue.class, QUEUED),
            step(RETRY_WAIT, Happening.CancelAsked.class, CANCELLED),
            step(RETRY_WAIT, Happening.DeadlinePassed.class, TIMED_OUT),
            step(FINALIZING, Happening.VersionReady.class, SUCCEEDED),
            step(FINALIZING, Happening.VersionRejected.class, FAILED),
            step(FINALIZING, Happening.VersionRefused.class, FAILED));

    private LifeCycle() {}

    /**
     * What follows, or empty if what happened means nothing in the job's state: it came too late.
     *
     * @param chances what may still be tried
     */
    static Optional<Step> next(JobState from, Happening happening, Chances chances) {
        return TABLE.stream()
                .filter(step -> step.from() == from)
                .filter(step -> step.what().isInstance(happening))
                .filter(step -> step.condition().holds(chances))
                .findFirst();
    }

    private static Step step(JobState from, Class<? extends Happening> what, JobState to) {
        return step(from, what, to, AttemptChange.NONE);
    }

    private static Step step(JobState from, Class<? extends Happening> what, JobState to, AttemptChange attempt) {
        return new Step(from, what, Condition.ALWAYS, to, attempt);
    }

    /** The end of an attempt that depends on what may still be tried. */
    private static Step step(JobState from, Class<? extends Happening> what, Condition condition, JobState to) {
        return new Step(from, what, condition, to, AttemptChange.CLOSES);
    }

    /**
     * One line of the table.
     *
     * @param attempt what becomes of the job's attempt
     */
    record Step(
            JobState from, Class<? extends Happening> what, Condition condition, JobState to, AttemptChange attempt) {
        /** As a line of a Markdown table. */
        String markdown() {
            String words =
                    what.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
            return "| %s | %s%s | %s | %s |".formatted(from, words, condition.words(), to, attempt.words());
        }
    }

    /**
     * What may still be tried.
     *
     * @param retryLeft whether another attempt may follow one that the platform failed
     * @param biggerClassLeft whether another may follow one whose memory did not suffice
     */
    record Chances(boolean retryLeft, boolean biggerClassLeft) {
        static final Chances NONE = new Chances(false, false);
    }

    /** When a line holds. */
    enum Condition {
        ALWAYS(""),
        RETRY_LEFT(", another attempt left"),
        NO_RETRY_LEFT(", no attempt left"),
        BIGGER_CLASS_LEFT(", a bigger class left"),
        NO_BIGGER_CLASS_LEFT(", no bigger class left");

        private final String words;

        Condition(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }

        boolean holds(Chances chances) {
            return switch (this) {
                case ALWAYS -> true;
                case RETRY_LEFT -> chances.retryLeft();
                case NO_RETRY_LEFT -> !chances.retryLeft();
                case BIGGER_CLASS_LEFT -> chances.biggerClassLeft();
                case NO_BIGGER_CLASS_LEFT -> !chances.biggerClassLeft();
            };
        }
    }

    /** What becomes of the attempt. */
    enum AttemptChange {
        NONE(""),
        OPENS("begins"),
        CLOSES("ends");

        private final String words;

        AttemptChange(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }
}
