package io.modelmill.benchmarks.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.benchmarks.faults.Facts.Accepted;
import io.modelmill.benchmarks.faults.Facts.Attempt;
import io.modelmill.benchmarks.faults.Facts.Event;
import io.modelmill.benchmarks.faults.Facts.Job;
import io.modelmill.benchmarks.faults.Facts.Registry;
import io.modelmill.benchmarks.faults.Facts.Serving;
import io.modelmill.benchmarks.faults.Facts.TrainingTime;
import io.modelmill.benchmarks.faults.Facts.Version;
import io.modelmill.benchmarks.faults.WorkerLedger.Call;
import io.modelmill.benchmarks.faults.WorkerLedger.Entry;
import io.modelmill.benchmarks.figure.Figure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AuditTest {
    private static final String JOB = "tenants/a/trainingJobs/one";
    private static final String MODEL = "tenants/a/models/m";
    private static final String VERSION = MODEL + "/versions/1";
    private static final List<Event> EVENTS = List.of(
            event(1, 0, "QUEUED"),
            event(2, 1, "RUNNING"),
            event(3, 1, "RETRY_WAIT"),
            event(4, 2, "RUNNING"),
            event(5, 2, ""),
            event(6, 2, "SUCCEEDED"));
    private static final List<Serving> SERVING = List.of(serving(1), serving(2, VERSION));
    private static final List<Attempt> ATTEMPTS =
            List.of(attempt(1, 10, 18, 20, "LOST", 5), attempt(2, 30, 45, 40, "TRAINED", 7));
    private static final List<Entry> LEDGER = List.of(
            entry(1, 100, Call.START, 10, "OK"),
            entry(1, 100, Call.PROGRESS, 17, "OK"),
            entry(1, 100, Call.TRAINED, 19, "ABORTED"),
            entry(2, 101, Call.PROGRESS, 39, "OK"),
            entry(2, 101, Call.TRAINED, 39, "OK"),
            // Told again, for the first answer was lost.
            entry(2, 101, Call.TRAINED, 43, "OK"));

    @Test
    void findsNothingWhereNothingIsWrong() {
        assertThat(found(facts -> facts)).isEmpty();
        assertThat(Audit.of(sound().facts()).figures())
                .hasSizeGreaterThan(15)
                .allSatisfy(figure -> assertThat(figure.goal()).isEqualTo("<= 0"))
                .extracting(Figure::holds)
                .containsOnly(true);
    }

    @Test
    void takesAnEventThatIsPublishedAgain() {
        assertThat(found(facts -> facts.topic(List.of(
                        EVENTS.get(0),
                        EVENTS.get(1),
                        EVENTS.get(2),
                        EVENTS.get(1),
                        EVENTS.get(2),
                        EVENTS.get(3),
                        EVENTS.get(4),
                        EVENTS.get(5)))))
                .isEmpty();
    }

    @Test
    void findsWhatIsLostOrDoubled() {
        assertThat(found(facts -> facts.accepted(List.of(accepted("r", JOB), accepted("s")))))
                .containsExactly("submissions.lost");
        assertThat(found(facts -> facts.accepted(List.of(accepted("r", JOB), accepted("s", JOB + "-2")))))
                .containsExactly("submissions.lost");
        assertThat(found(facts -> facts.accepted(List.of(accepted("r", JOB, JOB, JOB + "-2")))))
                .containsExactlyInAnyOrder("submissions.lost", "submissions.doubled");
        assertThat(found(facts -> facts.accepted(List.of()))).containsExactly("submissions.doubled");
    }

    @Test
    void findsJobsThatDoNotEndOnce() {
        assertThat(found(facts -> facts.jobs(List.of(job("RUNNING", null)))))
                .containsExactlyInAnyOrder("jobs.not_terminal", "versions.of_jobs_without_success");
        assertThat(found(facts -> facts.events(EVENTS.subList(0, 5)).topic(EVENTS.subList(0, 5))))
                .containsExactly("jobs.not_ended_once");
        List<Event> after = new ArrayList<>(EVENTS);
        after.add(event(7, 2, "FAILED"));
        assertThat(found(facts -> facts.events(after).topic(after))).containsExactly("jobs.not_ended_once");
        List<Event> gap = new ArrayList<>(EVENTS);
        gap.remove(4);
        assertThat(found(facts -> facts.events(gap).topic(gap)))
                .containsExactlyInAnyOrder("events.not_numbered_in_order", "events.out_of_order");
    }

    @Test
    void findsVersionsThatShouldNotBeOrShould() {
        assertThat(found(facts -> facts.versions(List.of()))).containsExactly("versions.missing");
        assertThat(found(facts -> facts.versions(List.of(new Version(VERSION, JOB, "VALIDATING")))))
                .containsExactly("versions.missing");
        assertThat(found(facts -> facts.versions(
                        List.of(new Version(VERSION, JOB, "READY"), new Version(VERSION + "1", JOB, "READY")))))
                .containsExactly("versions.more_than_one");
        assertThat(found(facts -> facts.versions(
                        List.of(new Version(VERSION, JOB, "READY"), new Version(VERSION + "1", JOB + "-0", "READY")))))
                .containsExactly("versions.of_jobs_without_success");
    }

    @Test
    void findsEventsThatAreNotWhatWasCommitted() {
        assertThat(found(facts -> facts.topic(EVENTS.subList(0, 5)))).containsExactly("events.not_published");
        List<Event> never = new ArrayList<>(EVENTS);
        never.add(event(7, 2, ""));
        assertThat(found(facts -> facts.topic(never))).containsExactly("events.published_but_never_true");
        List<Event> swapped = new ArrayList<>(EVENTS);
        swapped.set(2, EVENTS.get(3));
        swapped.set(3, EVENTS.get(2));
        assertThat(found(facts -> facts.topic(swapped))).containsExactly("events.out_of_order");
        assertThat(found(facts -> facts.outboxes(2))).containsExactly("events.left_in_outboxes");
    }

    @Test
    void findsModelsOfWhichSomethingElseWasTold() {
        assertThat(found(facts -> facts.models(serving(2, VERSION), serving(1), serving(2, VERSION), serving(1))))
                .isEmpty();
        assertThat(found(facts -> facts.models(serving(2, VERSION), serving(1))))
                .containsExactly("models.published_otherwise");
        assertThat(found(facts -> facts.models(serving(2, VERSION), serving(1), serving(2))))
                .containsExactly("models.published_otherwise");
        assertThat(found(facts -> facts.models(serving(2, VERSION), serving(2, VERSION), serving(1))))
                .containsExactly("models.out_of_order");
        Serving other = new Serving(MODEL + "-2", 1, Set.of());
        assertThat(found(facts -> facts.models(serving(2, VERSION), serving(1), serving(2, VERSION), other)))
                .containsExactly("models.published_otherwise");
    }

    @Test
    void findsWhatStaleAttemptsWrote() {
        List<Event> late = new ArrayList<>(EVENTS);
        late.set(4, event(5, 1, ""));
        assertThat(found(facts -> facts.events(late).topic(late))).containsExactly("events.of_ended_attempts");
        assertThat(found(facts -> facts.ledger(List.of(entry(1, 100, Call.PROGRESS, 21, "OK")))))
                .containsExactly("writes.of_stale_attempts_accepted");
        // Its lease had ended, and nobody had looked yet.
        assertThat(found(facts -> facts.ledger(List.of(entry(1, 100, Call.CHECKPOINT, 19, "OK")))))
                .containsExactly("writes.of_stale_attempts_accepted");
        assertThat(found(facts -> facts.ledger(List.of(entry(2, 101, Call.FAILED, 39, "OK")))))
                .containsExactly("outcomes.accepted_and_lost");
    }

    @Test
    void findsAttemptsSideBySide() {
        assertThat(found(facts -> facts.attempts(
                        List.of(attempt(1, 10, 18, 20, "LOST", 5), attempt(2, 19, 45, 40, "TRAINED", 7)))))
                .containsExactly("attempts.side_by_side");
        List<Entry> two = new ArrayList<>(LEDGER);
        two.add(entry(2, 102, Call.START, 31, "OK"));
        assertThat(found(facts -> facts.ledger(two))).containsExactly("attempts.in_two_processes");
    }

    @Test
    void findsWhatElseIsWrong() {
        assertThat(found(facts -> facts.counted(Map.of("a", new TrainingTime(12, 1)))))
                .containsExactly(Audit.TRAINING_TIME);
        assertThat(found(facts -> facts.counted(Map.of()))).containsExactly(Audit.TRAINING_TIME);
        assertThat(found(facts -> facts.workersLeft(1))).containsExactly("workers.left");
        assertThat(found(facts -> facts.unexpected(List.of("submit: INTERNAL"))))
                .containsExactly("answers.unexpected");
    }

    private static List<String> found(UnaryOperator<Sound> change) {
        return Audit.of(change.apply(sound()).facts()).violations().entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Sound sound() {
        return new Sound(new Facts(
                List.of(accepted("r", JOB, JOB)),
                List.of(job("SUCCEEDED", VERSION)),
                ATTEMPTS,
                EVENTS,
                EVENTS,
                0,
                new Registry(List.of(new Version(VERSION, JOB, "READY")), List.of(serving(2, VERSION)), SERVING),
                LEDGER,
                Map.of("a", new TrainingTime(12, 2)),
                0,
                List.of()));
    }

    private static Accepted accepted(String request, String... names) {
        return new Accepted("a", request, List.of(names));
    }

    private static Job job(String state, @org.jspecify.annotations.Nullable String version) {
        return new Job(JOB, "a", "r", state, Optional.ofNullable(version));
    }

    private static Serving serving(long revision, String... ready) {
        return new Serving(MODEL, revision, Set.of(ready));
    }

    private static Event event(long sequence, long attempt, String to) {
        return new Event(JOB, sequence, attempt, to, "why");
    }

    private static Attempt attempt(long number, long start, long leaseEnd, long end, String outcome, long millis) {
        return new Attempt(
                JOB,
                number,
                Instant.ofEpochSecond(start),
                Instant.ofEpochSecond(leaseEnd),
                Optional.of(Instant.ofEpochSecond(end)),
                Optional.of(outcome),
                millis);
    }

    private static Entry entry(long attempt, long pid, Call call, long second, String answer) {
        return new Entry(JOB, attempt, pid, call, Instant.ofEpochSecond(second), answer);
    }

    /** Facts of which one thing is changed. */
    private record Sound(Facts facts) {
        Sound accepted(List<Accepted> accepted) {
            return with(accepted, facts.jobs(), facts.attempts(), facts.events(), facts.topic());
        }

        Sound jobs(List<Job> jobs) {
            return with(facts.accepted(), jobs, facts.attempts(), facts.events(), facts.topic());
        }

        Sound attempts(List<Attempt> attempts) {
            return with(facts.accepted(), facts.jobs(), attempts, facts.events(), facts.topic());
        }

        Sound events(List<Event> events) {
            return with(facts.accepted(), facts.jobs(), facts.attempts(), events, facts.topic());
        }

        Sound topic(List<Event> topic) {
            return with(facts.accepted(), facts.jobs(), facts.attempts(), facts.events(), topic);
        }

        private Sound with(
                List<Accepted> accepted,
                List<Job> jobs,
                List<Attempt> attempts,
                List<Event> events,
                List<Event> topic) {
            return new Sound(new Facts(
                    accepted,
                    jobs,
                    attempts,
                    events,
                    topic,
                    facts.outboxes(),
                    facts.registry(),
                    facts.ledger(),
                    facts.counted(),
                    facts.workersLeft(),
                    facts.unexpected()));
        }

        Sound outboxes(long outboxes) {
            return rest(outboxes, facts.registry(), facts.ledger(), facts.counted(), 0, List.of());
        }

        Sound versions(List<Version> versions) {
            return registry(new Registry(
                    versions, facts.registry().models(), facts.registry().topic()));
        }

        Sound models(Serving model, Serving... topic) {
            return registry(new Registry(facts.registry().versions(), List.of(model), List.of(topic)));
        }

        private Sound registry(Registry registry) {
            return rest(0, registry, facts.ledger(), facts.counted(), 0, List.of());
        }

        Sound ledger(List<Entry> ledger) {
            return rest(0, facts.registry(), ledger, facts.counted(), 0, List.of());
        }

        Sound counted(Map<String, TrainingTime> counted) {
            return rest(0, facts.registry(), facts.ledger(), counted, 0, List.of());
        }

        Sound workersLeft(long left) {
            return rest(0, facts.registry(), facts.ledger(), facts.counted(), left, List.of());
        }

        Sound unexpected(List<String> unexpected) {
            return rest(0, facts.registry(), facts.ledger(), facts.counted(), 0, unexpected);
        }

        private Sound rest(
                long outboxes,
                Registry registry,
                List<Entry> ledger,
                Map<String, TrainingTime> counted,
                long workersLeft,
                List<String> unexpected) {
            return new Sound(new Facts(
                    facts.accepted(),
                    facts.jobs(),
                    facts.attempts(),
                    facts.events(),
                    facts.topic(),
                    outboxes,
                    registry,
                    ledger,
                    counted,
                    workersLeft,
                    unexpected));
        }
    }
}
