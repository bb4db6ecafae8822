package io.modelmill.training.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.resource.ResourceClasses;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import io.modelmill.training.run.Runner;
import io.modelmill.training.trace.JobTraces;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TrainingServiceTest
class SchedulerIT {
    private static final Duration LONG = Duration.ofHours(1);

    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    JobTraces traces;

    @Inject
    ResourceClasses classes;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<String> started = new CopyOnWriteArrayList<>();
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
    void startsEachJobOnceWithTwoSchedulers() throws Exception {
        List<String> submitted = IntStream.range(0, 40)
                .mapToObj(i -> jobs.submit("train-" + i).getName())
                .toList();
        try (ExecutorService replicas = Executors.newFixedThreadPool(2)) {
            List<Future<?>> running = new ArrayList<>();
            for (String replica : List.of("one", "two")) {
                Scheduler scheduler = scheduler(new NotingRunner(replica, 100));
                running.add(replicas.submit(scheduler::startWaiting));
            }
            for (Future<?> replica : running) {
                replica.get();
            }
        }
        assertThat(started).containsExactlyInAnyOrderElementsOf(submitted);
        submitted.forEach(name -> assertThat(jobs.get(name).getAttemptCount()).isEqualTo(1));
    }

    @Test
    void startsOldestFirstAndNoMoreThanThereIsRoomFor() {
        List<String> submitted = IntStream.range(0, 3)
                .mapToObj(i -> jobs.submit("train-" + i).getName())
                .toList();
        Scheduler scheduler = scheduler(new NotingRunner("one", 2));
        scheduler.startWaiting();
        assertThat(started).containsExactlyElementsOf(submitted.subList(0, 2));
        scheduler.startWaiting();
        assertThat(started).hasSize(2);
        assertThat(jobs.get(submitted.getLast()).getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);
    }

    @Test
    void looksAtTheQueueOfAFullRunnerOnceAnInterval() {
        jobs.submit("train-1");
        NotingRunner runner = new NotingRunner("one", 0);
        Scheduler scheduler = scheduler(runner);
        scheduler.startWaiting();
        scheduler.startWaiting();
        assertThat(passes("none")).isOne();
        runner.free.set(1);
        scheduler.startWaiting();
        assertThat(started).hasSize(1);
        assertThat(passes("started")).isOne();
    }

    private long passes(String outcome) {
        return meters.get("modelmill.training.pass")
                .tag("outcome", outcome)
                .timer()
                .count();
    }

    @Test
    void passesByJobsThatDoNotFit() {
        CreateTrainingJobRequest.Builder large = jobs.request("train-large", jobs.spec("ready"));
        large.getTrainingJobBuilder().getSchedulingBuilder().setResourceClass("large");
        String waits = jobs.service().createTrainingJob(large.build()).getName();
        String fits = jobs.submit("train-small").getName();
        Resources room = new Resources(2, 8L << 30, 0);
        Runner runner = new NotingRunner("one", 2) {
            @Override
            public Room room() {
                return new Room(super.room().workers(), room, room);
            }
        };
        scheduler(runner).startWaiting();
        assertThat(started).containsExactly(fits);
        assertThat(jobs.get(waits).getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);
    }

    @Test
    void countsWorkerThatCannotStartAsFailureOfThePlatform() {
        String name = jobs.submit("train-1").getName();
        Runner broken = new NotingRunner("one", 1) {
            @Override
            public void start(Job job, Optional<String> traceparent) throws IOException {
                throw new IOException("error=2, No such file or directory");
            }
        };
        scheduler(broken).startWaiting();
        TrainingJob job = jobs.get(name);
        assertThat(job.getState()).isEqualTo(TrainingJob.State.STATE_RETRY_WAIT);
        assertThat(job.getStateReason()).isEqualTo("no worker could be started: error=2, No such file or directory");
    }

    private Scheduler scheduler(Runner runner) {
        return new Scheduler(life, runner, traces, classes.smallest(), LONG, meters);
    }

    /** Starts nothing and notes what it should have started. */
    private class NotingRunner implements Runner {
        private final String name;
        private final AtomicInteger free;

        NotingRunner(String name, int slots) {
            this.name = name;
            this.free = new AtomicInteger(slots);
        }

        @Override
        public String id() {
            return name;
        }

        @Override
        public Room room() {
            return Rooms.plenty(free.get());
        }

        @Override
        public void start(Job job, Optional<String> traceparent) throws IOException {
            free.decrementAndGet();
            started.add(job.name().toString());
        }

        @Override
        public void reconcile() {}

        @Override
        public void stop() {}
    }
}
