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
import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.training.job.LifeCycle.AttemptChange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LifeCycleTest {
    private static final Happening TRAINED =
            new Happening.ModelTrained(new TrainedModel(List.of(), List.of(), Map.of()));

    /** What follows from each happening in each state where anything does; in all other states nothing does. */
    private static final List<Row> ROWS = List.of(
            new Row(new Happening.Admitted(), true, Map.of(QUEUED, ADMITTED)),
            new Row(new Happening.AttemptStarted("runner"), true, Map.of(ADMITTED, STARTING)),
            new Row(new Happening.AssignmentTaken(), true, Map.of(STARTING, RUNNING)),
            new Row(TRAINED, true, Map.of(RUNNING, FINALIZING, CANCELLING, CANCELLED)),
            new Row(
                    new Happening.JobFault("wrong"),
                    true,
                    Map.of(STARTING, FAILED, RUNNING, FAILED, CANCELLING, CANCELLED)),
            new Row(
                    new Happening.PlatformFault("died", false),
                    true,
                    Map.of(STARTING, RETRY_WAIT, RUNNING, RETRY_WAIT, CANCELLING, CANCELLED)),
            new Row(
                    new Happening.PlatformFault("died", false),
                    false,
                    Map.of(STARTING, FAILED, RUNNING, FAILED, CANCELLING, CANCELLED)),
            new Row(
                    new Happening.Interrupted("shutdown"),
                    false,
                    Map.of(STARTING, RETRY_WAIT, RUNNING, RETRY_WAIT, CANCELLING, CANCELLED)),
            new Row(new Happening.DependencyEnded("a", FAILED), true, Map.of(QUEUED, CANCELLED)),
            new Row(
                    new Happening.OutOfMemory("heap"),
                    true,
                    Map.of(STARTING, RETRY_WAIT, RUNNING, RETRY_WAIT, CANCELLING, CANCELLED)),
            new Row(
                    new Happening.OutOfMemory("heap"),
                    false,
                    Map.of(STARTING, FAILED, RUNNING, FAILED, CANCELLING, CANCELLED)),
            new Row(new Happening.Yielded(true), true, Map.of(RUNNING, PREEMPTED, CANCELLING, CANCELLED)),
            new Row(new Happening.QueuedAgain(), true, Map.of(PREEMPTED, QUEUED)),
            new Row(new Happening.WorkerStopped(), true, Map.of(CANCELLING, CANCELLED)),
            new Row(new Happening.CancelGraceEnded(), true, Map.of(CANCELLING, CANCELLED)),
            new Row(
                    new Happening.CancelAsked(),
                    true,
                    Map.of(QUEUED, CANCELLED, RETRY_WAIT, CANCELLED, STARTING, CANCELLING, RUNNING, CANCELLING)),
            new Row(
                    new Happening.DeadlinePassed("too long"),
                    true,
                    Map.of(QUEUED, TIMED_OUT, RETRY_WAIT, TIMED_OUT, STARTING, TIMED_OUT, RUNNING, TIMED_OUT)),
            new Row(new Happening.RetryDue(), true, Map.of(RETRY_WAIT, QUEUED)),
            new Row(new Happening.VersionReady("v", Map.of()), true, Map.of(FINALIZING, SUCCEEDED)),
            new Row(new Happening.VersionRejected("no", "v", Map.of()), true, Map.of(FINALIZING, FAILED)),
            new Row(new Happening.VersionRefused("no"), true, Map.of(FINALIZING, FAILED)));

    @Test
    void visitsEachLineOfTheTableAndNoOther() {
        Set<LifeCycle.Step> visited = new HashSet<>();
        for (Row row : ROWS) {
            Map<JobState, JobState> expected = new EnumMap<>(row.next());
            for (JobState from : JobState.values()) {
                Optional<LifeCycle.Step> next =
                        LifeCycle.next(from, row.happening(), new LifeCycle.Chances(row.retryLeft(), row.retryLeft()));
                assertThat(next.map(LifeCycle.Step::to))
                        .as("%s in %s", row.happening(), from)
                        .isEqualTo(Optional.ofNullable(expected.get(from)));
                next.ifPresent(visited::add);
            }
        }
        assertThat(visited).containsExactlyInAnyOrderElementsOf(LifeCycle.TABLE);
    }

    @Test
    void triesEveryHappening() {
        Set<Class<?>> tried = new HashSet<>();
        ROWS.forEach(row -> tried.add(row.happening().getClass()));
        assertThat(tried).isEqualTo(Set.of(Happening.class.getPermittedSubclasses()));
    }

    @Test
    void nothingFollowsTerminalState() {
        assertThat(LifeCycle.TABLE).noneMatch(step -> step.from().isTerminal());
    }

    @Test
    void opensAndClosesAttemptsAsStatesHaveThem() {
        assertThat(LifeCycle.TABLE).allSatisfy(step -> {
            boolean before = step.from().hasOpenAttempt();
            boolean after = step.to().hasOpenAttempt();
            AttemptChange expected = AttemptChange.NONE;
            if (before != after) {
                expected = after ? AttemptChange.OPENS : AttemptChange.CLOSES;
            }
            assertThat(step.attempt()).as(step.toString()).isEqualTo(expected);
        });
    }

    @Test
    void isShownInTheDocumentation() throws IOException {
        String table = LifeCycle.TABLE.stream().map(LifeCycle.Step::markdown).collect(Collectors.joining("\n"));
        assertThat(Files.readString(Path.of("../docs/training.md"))).contains("|---|---|---|---|\n" + table + "\n\n");
    }

    private record Row(Happening happening, boolean retryLeft, Map<JobState, JobState> next) {}
}
