package io.modelmill.training.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.v1.WatchTrainingJobRequest;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TrainingServiceTest
class WatchIT {
    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    JobSignals signals;

    @Inject
    PostgresJobs store;

    @Inject
    JobConfig config;

    private TestCallers callers;
    private Jobs jobs;

    @BeforeEach
    void connect() {
        slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void replaysFromAnySequenceAndEndsAfterTheTerminalEvent() {
        String name = jobs.submit("train-1").getName();
        jobs.cancel(name);
        assertThat(Jobs.states(jobs.watch(name, 0))).containsExactly("QUEUED", "CANCELLED");
        assertThat(Jobs.states(jobs.watch(name, 1))).containsExactly("CANCELLED");
        assertThat(jobs.watch(name, 2)).isEmpty();
        assertThat(jobs.watch(name, 99)).isEmpty();
    }

    @Test
    void followsWhatHappensWhileItWatches() {
        String name = jobs.submit("train-1").getName();
        Iterator<JobEvent> events = watch(name);
        assertThat(events.next().getTransition().getReason()).isEqualTo("submitted");
        jobs.cancel(name);
        assertThat(events.next().getTransition().getReason()).isEqualTo("cancelled by its owner");
        assertThat(events.hasNext()).isFalse();
    }

    @Test
    void handsOutManyEventsToSlowReceiverInOrder() {
        String name = jobs.submit("train-1").getName();
        JobName job = JobName.parse(name, "name");
        life.startNext("test", Rooms.PLENTY);
        life.happen(job, new Happening.AssignmentTaken());
        int epochs = 300;
        for (int epoch = 1; epoch <= epochs; epoch++) {
            JobProgress progress = new JobProgress(epoch, epochs, epoch, epochs, null, Map.of("loss", 1.0 / epoch));
            life.locked(job, locked -> {
                // As if each came a second after the other.
                locked.transaction().execute("UPDATE job_event SET time = time - interval '1 second'");
                life.progress(locked, progress);
                return locked;
            });
        }
        life.happen(job, new Happening.JobFault("enough"));
        SlowReceiver receiver = new SlowReceiver();
        TrainingJobServiceGrpc.newStub(callers.tenant("acme"))
                .watchTrainingJob(
                        WatchTrainingJobRequest.newBuilder().setName(name).build(), receiver);
        Await.until("the watch ends", () -> receiver.ended);
        int all = epochs + 5;
        assertThat(receiver.sequences)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, all).mapToObj(Long::valueOf).toList());
    }

    @Test
    void isWokenByWhatIsCommittedHere() throws Exception {
        JobName name = JobName.parse(jobs.submit("train-1").getName(), "name");
        try (JobSignals.Subscription subscription = signals.subscribe(name)) {
            jobs.cancel(name.toString());
            assertThat(subscription.await(Duration.ofSeconds(30))).isTrue();
        }
    }

    @Test
    void endsWhenItsCallerGoes() throws Exception {
        String name = jobs.submit("train-1").getName();
        Context.CancellableContext call = Context.current().withCancellation();
        Iterator<JobEvent> events = call.call(() -> watch(name));
        events.next();
        assertThat(signals.watchers(JobName.parse(name, "name"))).isEqualTo(1);
        call.cancel(null);
        Await.until("nobody watches", () -> signals.watchers(JobName.parse(name, "name")) == 0);
    }

    @Test
    void sendsItsCallerElsewhereWhenTheServiceStops() {
        JobName name = JobName.parse(jobs.submit("train-1").getName(), "name");
        JobWatch watch = new JobWatch(store, signals, config);
        List<Long> seen = new CopyOnWriteArrayList<>();
        try (JobSignals.Subscription subscription = watch.open(name)) {
            assertThatThrownBy(() -> watch.follow(name, 0, subscription, () -> true, event -> {
                        seen.add(event.sequence());
                        watch.close();
                    }))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            failure -> assertThat(failure.reason().code()).isEqualTo(Status.Code.UNAVAILABLE));
        }
        assertThat(seen).containsExactly(1L);
    }

    /** Each replica has signals of its own: what another wrote it sees by looking. */
    @Test
    void goesOnAtAnotherReplicaWithoutGapOrRepetition() throws Exception {
        JobName name = JobName.parse(jobs.submit("train-1").getName(), "name");
        life.startNext("test", Rooms.PLENTY);
        JobWatch first = new JobWatch(store, new JobSignals(), config);
        JobWatch second = new JobWatch(store, new JobSignals(), config);
        List<Long> seen = new CopyOnWriteArrayList<>();
        try (JobSignals.Subscription subscription = first.open(name)) {
            assertThatThrownBy(() -> first.follow(name, 0, subscription, () -> true, event -> {
                        seen.add(event.sequence());
                        if (seen.size() == 2) {
                            first.close();
                        }
                    }))
                    .isInstanceOf(ServiceException.class);
        }
        try (JobSignals.Subscription subscription = second.open(name);
                ExecutorService watching = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> ended = watching.submit(() -> {
                second.follow(name, seen.getLast(), subscription, () -> true, event -> seen.add(event.sequence()));
                return true;
            });
            Await.until("the second replica has gone on", () -> seen.size() == 3);
            life.happen(name, new Happening.AssignmentTaken());
            life.happen(name, new Happening.JobFault("enough"));
            Await.until("the watch ends", ended::isDone);
            ended.get();
        }
        assertThat(seen).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void refusesNegativeSequence() {
        String name = jobs.submit("train-1").getName();
        Refusal refusal = Refusal.of(() -> jobs.watch(name, -1));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields()).containsExactly("after_sequence: -1 (expected: >= 0)");
    }

    private Iterator<JobEvent> watch(String name) {
        return jobs.service()
                .watchTrainingJob(
                        WatchTrainingJobRequest.newBuilder().setName(name).build());
    }

    /** Asks for one event at a time. */
    private static final class SlowReceiver implements ClientResponseObserver<WatchTrainingJobRequest, JobEvent> {
        private final List<Long> sequences = new CopyOnWriteArrayList<>();
        private volatile boolean ended;
        private @Nullable ClientCallStreamObserver<WatchTrainingJobRequest> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<WatchTrainingJobRequest> stream) {
            call = stream;
            stream.disableAutoRequestWithInitial(1);
        }

        @Override
        public void onNext(JobEvent event) {
            sequences.add(event.getSequence());
            if (call != null) {
                call.request(1);
            }
        }

        @Override
        public void onError(Throwable failure) {
            ended = true;
        }

        @Override
        public void onCompleted() {
            ended = true;
        }
    }
}
