package io.modelmill.inference.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.ModelKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RolloutReportsTest {
    private static final ModelKey DIGITS = new ModelKey("acme", "digits");
    private static final ModelKey OTHER = new ModelKey("acme", "other");

    private final Map<ModelKey, ModelProgress> replica = new ConcurrentHashMap<>();
    private final PlayedRegistry registry = new PlayedRegistry();
    private final RolloutReports reports = new RolloutReports("replica-0", registry);

    @AfterEach
    void close() {
        reports.close();
    }

    @Test
    void tellsAllModelsFirstAndThenWhatChanges() {
        replica.put(DIGITS, serving(DIGITS, 1));
        replica.put(OTHER, serving(OTHER, 1));
        start();
        Eventually.until("all is told", () -> registry.has(replica));
        int reportsOfAll = registry.count();

        change(DIGITS, 2);

        Eventually.until("the change is told", () -> registry.has(replica));
        assertThat(registry.since(reportsOfAll))
                .allSatisfy(report -> assertThat(report.models())
                        .extracting(ModelProgress::model)
                        .doesNotContain(OTHER));
    }

    @Test
    void tellsThatItIsThereAndNothingTwice() {
        replica.put(DIGITS, serving(DIGITS, 1));
        start();
        Eventually.until("all is told", () -> registry.has(replica));
        int before = registry.count();
        reports.changed(DIGITS);

        Eventually.until("it is heard of now and then", () -> registry.count() >= before + 3);
        assertThat(registry.since(before))
                .allSatisfy(report -> assertThat(report.models()).isEmpty());
    }

    @Test
    void tellsAModelThatIsGone() {
        replica.put(DIGITS, serving(DIGITS, 1));
        start();
        Eventually.until("all is told", () -> registry.has(replica));

        replica.remove(DIGITS);
        reports.changed(DIGITS);

        Eventually.until("it is gone there, too", () -> registry.has(Map.of()));
    }

    @Test
    void tellsWhatIsNewestWhenTheRegistryIsBack() {
        replica.put(DIGITS, serving(DIGITS, 1));
        start();
        Eventually.until("all is told", () -> registry.has(replica));
        registry.behave(Behaviour.AWAY);
        int before = registry.count();
        for (long revision = 2; revision <= 100; revision++) {
            change(DIGITS, revision);
        }
        Eventually.until("it was tried again", () -> registry.count() > before + 1);

        registry.behave(Behaviour.TAKES);

        Eventually.until("it knows the newest", () -> registry.has(replica));
        assertThat(registry.taken(DIGITS))
                .as("nothing of the outage has piled up")
                .containsExactly(1L, 100L);
    }

    @Test
    void tellsAgainWhatMayHaveArrivedWithoutItsAnswer() {
        replica.put(DIGITS, serving(DIGITS, 1));
        start();
        Eventually.until("all is told", () -> registry.has(replica));
        registry.behave(Behaviour.TAKES_AND_BREAKS_OFF);
        change(DIGITS, 2);
        Eventually.until("it arrived", () -> registry.has(replica));

        // Back to what the last answered report told.
        replica.put(DIGITS, serving(DIGITS, 1));
        reports.changed(DIGITS);
        registry.behave(Behaviour.TAKES);

        Eventually.until("the registry knows better", () -> registry.has(replica));
    }

    @Test
    void tellsAllAnewToARegistryThatHasForgottenIt() {
        replica.put(DIGITS, serving(DIGITS, 1));
        replica.put(OTHER, serving(OTHER, 1));
        start();
        Eventually.until("all is told", () -> registry.has(replica));

        registry.forget();

        Eventually.until("all is told again", () -> registry.has(replica));
        assertThat(registry.sessions()).isEqualTo(2);
    }

    @Test
    void tellsManyModelsInSeveralReports() {
        for (int model = 0; model < 1_200; model++) {
            ModelKey key = new ModelKey("acme", "m-" + model);
            replica.put(key, serving(key, 1));
        }
        start();

        Eventually.until("all is told", () -> registry.has(replica));
        assertThat(registry.since(0))
                .hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(report -> assertThat(report.models()).hasSizeLessThanOrEqualTo(500));
    }

    @Test
    void leavesTheListBeforeItGoes() {
        start();
        Eventually.until("it is there", () -> registry.isThere());

        reports.leave();

        Eventually.until("it has left", () -> !registry.isThere());
        reports.close();
        int after = registry.count();
        reports.changed(DIGITS);
        assertThat(registry.count()).isEqualTo(after);
    }

    @Test
    void endsWithoutTheRegistry() {
        registry.behave(Behaviour.AWAY);
        start();
        Eventually.until("it was tried", () -> registry.count() > 0);

        reports.close();

        assertThat(registry.isThere()).isFalse();
    }

    private void start() {
        reports.start(replica::keySet, model -> Optional.ofNullable(replica.get(model)));
    }

    private void change(ModelKey model, long revision) {
        replica.put(model, serving(model, revision));
        reports.changed(model);
    }

    private static ModelProgress serving(ModelKey model, long revision) {
        return new ModelProgress(
                model, revision, Map.of("production", new AliasProgress(1, AliasProgress.Phase.SERVING, "", 1)));
    }

    private enum Behaviour {
        TAKES,
        TAKES_AND_BREAKS_OFF,
        AWAY
    }

    /** Keeps what it is told as the registry does. */
    private static final class PlayedRegistry implements ReportTaker {
        private final Map<ModelKey, ModelProgress> models = new HashMap<>();
        private final List<ReplicaReport> reports = new ArrayList<>();
        private final List<ReplicaReport> taken = new ArrayList<>();
        private Optional<String> session = Optional.empty();
        private int sessions;
        private long sequence;
        private Behaviour behaviour = Behaviour.TAKES;

        @Override
        public synchronized Optional<Taken> take(ReplicaReport report) {
            reports.add(report);
            if (behaviour == Behaviour.AWAY) {
                throw Status.UNAVAILABLE.asRuntimeException();
            }
            if (report.session().isEmpty()) {
                models.clear();
                sessions++;
                sequence = 0;
                session = Optional.of("session-" + sessions);
            } else if (!report.session().equals(session)) {
                return Optional.empty();
            }
            assertThat(report.sequence()).isGreaterThan(sequence);
            sequence = report.sequence();
            taken.add(report);
            report.removed().forEach(models::remove);
            report.models().forEach(model -> models.put(model.model(), model));
            if (report.leaving()) {
                session = Optional.empty();
            }
            if (behaviour == Behaviour.TAKES_AND_BREAKS_OFF) {
                throw Status.DEADLINE_EXCEEDED.asRuntimeException();
            }
            return Optional.of(new Taken(session.orElse(""), Duration.ofMillis(300)));
        }

        synchronized void behave(Behaviour next) {
            behaviour = next;
        }

        synchronized void forget() {
            models.clear();
            session = Optional.empty();
        }

        synchronized boolean has(Map<ModelKey, ModelProgress> expected) {
            return models.equals(expected);
        }

        synchronized boolean isThere() {
            return session.isPresent();
        }

        synchronized int sessions() {
            return sessions;
        }

        synchronized int count() {
            return reports.size();
        }

        synchronized List<ReplicaReport> since(int first) {
            return List.copyOf(reports.subList(first, reports.size()));
        }

        /** Revisions of the model in the order in which they were taken. */
        synchronized List<Long> taken(ModelKey model) {
            return taken.stream()
                    .flatMap(report -> report.models().stream())
                    .filter(progress -> progress.model().equals(model))
                    .map(ModelProgress::revision)
                    .toList();
        }
    }
}
