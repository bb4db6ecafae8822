package io.modelmill.training.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import io.grpc.Status;
import io.modelmill.proto.training.v1.CancelSweepRequest;
import io.modelmill.proto.training.v1.CreateSweepRequest;
import io.modelmill.proto.training.v1.GetSweepRequest;
import io.modelmill.proto.training.v1.ListSweepsRequest;
import io.modelmill.proto.training.v1.ListTrialsRequest;
import io.modelmill.proto.training.v1.Parameter;
import io.modelmill.proto.training.v1.Sweep;
import io.modelmill.proto.training.v1.SweepServiceGrpc;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.Trial;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.training.schedule.ScheduleConfig;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sweeps whose trials are jobs of workers that are processes of their own, but for those that nothing moves. */
@TrainingServiceTest
class SweepIT {
    @Inject
    CleanSlate slate;

    @Inject
    PostgresSweeps postgres;

    @Inject
    TrialJobs trialJobs;

    @Inject
    RegistryClient client;

    @Inject
    ScheduleConfig config;

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private Jobs jobs;
    private FakeRegistryServer registry;

    @BeforeEach
    void connect() {
        registry = slate.moving();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void runsEveryPointOfAGridAndPromotesTheBest() {
        Sweep begun = create("train", grid(0.01, 0.3, 0.1).setPromoteAlias("production"));
        assertThat(begun.getName()).isEqualTo("tenants/acme/sweeps/train");
        assertThat(begun.getState()).isEqualTo(Sweep.State.STATE_RUNNING);
        assertThat(begun.getTrialCount()).isEqualTo(3);

        Sweep done = await(begun, Sweep.State.STATE_SUCCEEDED);

        assertThat(done.getStateReason())
                .isEqualTo("trial 2 is the best of 3 that trained to their end; production is its version");
        Trial best = done.getBestTrial();
        assertThat(best.getNumber()).isEqualTo(2);
        assertThat(best.getValue()).isEqualTo(0.3);
        assertThat(best.getConfigurationMap())
                .containsExactly(java.util.Map.entry("optimizer.learning_rate", number(0.3)));
        assertThat(registry.alias("tenants/acme/models/ready/aliases/production"))
                .hasValue(best.getModelVersion());
        assertThat(done.hasEndTime()).isTrue();
        List<Trial> trials = trials(done, 2);
        assertThat(trials).extracting(Trial::getNumber).containsExactly(1, 2, 3);
        assertThat(trials)
                .allSatisfy(trial -> assertThat(trial.getState()).isEqualTo(TrainingJob.State.STATE_SUCCEEDED));
        assertThat(jobs.get("tenants/acme/trainingJobs/train-3")
                        .getSpec()
                        .getOptimizer()
                        .getLearningRate())
                .isEqualTo(0.1);
    }

    @Test
    void stopsTrialsThatLag() {
        Sweep.Builder sweep = grid(0.1, 0.9, 0.2, 0.3).setParallelism(2);
        sweep.getSpecBuilder().setEpochs(8);
        sweep.getStoppingBuilder().setType("asha").setReduction(2);
        Sweep done = await(create("steady", sweep), Sweep.State.STATE_SUCCEEDED);

        assertThat(done.getBestTrial().getNumber()).isEqualTo(2);
        List<Trial> stopped =
                trials(done, 50).stream().filter(Trial::getStoppedEarly).toList();
        assertThat(stopped).isNotEmpty().allSatisfy(trial -> {
            assertThat(trial.getState()).isEqualTo(TrainingJob.State.STATE_CANCELLED);
            assertThat(trial.getReason()).contains("validation_accuracy lags behind other trials of the sweep");
            assertThat(trial.getEpochs()).isLessThan(8);
            assertThat(trial.getModelVersion()).isEmpty();
        });
    }

    @Test
    void cancelsTrialsThatWaitOrRun() {
        Sweep.Builder sweep = grid(0.1, 0.2, 0.3, 0.4).setParallelism(3);
        Sweep begun = create("hang", sweep);
        Await.until("three trials have begun", () -> get(begun).getBegunCount() == 3);

        Sweep cancelling = service()
                .cancelSweep(
                        CancelSweepRequest.newBuilder().setName(begun.getName()).build());
        assertThat(cancelling.getState()).isIn(Sweep.State.STATE_CANCELLING, Sweep.State.STATE_CANCELLED);

        Sweep done = await(begun, Sweep.State.STATE_CANCELLED);
        assertThat(trials(done, 50))
                .hasSize(3)
                .allSatisfy(trial -> assertThat(trial.getState()).isEqualTo(TrainingJob.State.STATE_CANCELLED));
        assertThat(service()
                        .cancelSweep(CancelSweepRequest.newBuilder()
                                .setName(begun.getName())
                                .build()))
                .as("a second cancel answers as the first")
                .isEqualTo(done);
    }

    @Test
    void failsIfNoTrialMakesAVersion() {
        Sweep done = await(create("fail", grid(0.1, 0.2)), Sweep.State.STATE_FAILED);
        assertThat(done.getStateReason()).isEqualTo("no trial made a version");
        assertThat(done.hasBestTrial()).isFalse();
        Refusal late = Refusal.of(() -> service()
                .cancelSweep(
                        CancelSweepRequest.newBuilder().setName(done.getName()).build()));
        assertThat(late.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(late.reason()).isEqualTo("SWEEP_NOT_CANCELLABLE");
    }

    @Test
    void failsIfTheMeasureIsNotTold() {
        Sweep done = await(create("train", grid(0.1).setMeasure("validation_f1")), Sweep.State.STATE_FAILED);
        assertThat(done.getStateReason()).isEqualTo("no trial told validation_f1 after its epochs");
    }

    @Test
    void saysSoIfTheBestCannotBePromoted() {
        Sweep done = await(create("train", grid(0.1).setPromoteAlias("refused-alias")), Sweep.State.STATE_FAILED);
        assertThat(done.getStateReason())
                .startsWith("promote_alias: \"refused-alias\" could not move to tenants/acme/models/ready/versions/")
                .endsWith(": the alias is protected");
        assertThat(done.getBestTrial().getNumber()).isEqualTo(1);
    }

    @Test
    void goesOnWithoutATrialThatCanHaveNoJob() {
        jobs.submit("train-2");
        Sweep done = await(create("train", grid(0.1, 0.9, 0.2)), Sweep.State.STATE_SUCCEEDED);
        assertThat(done.getBestTrial().getNumber()).isEqualTo(3);
        Trial refused = trials(done, 50).get(1);
        assertThat(refused.getTrainingJob()).isEmpty();
        assertThat(refused.getReason()).isEqualTo("exists already: \"tenants/acme/trainingJobs/train-2\"");
    }

    @Test
    void waitsForTheRegistry() {
        Sweep begun = create("train", grid(0.1, 0.2));
        registry.stop();
        // However far it came, nothing is lost while the registry is away.
        registry.start();
        assertThat(await(begun, Sweep.State.STATE_SUCCEEDED).getBegunCount()).isEqualTo(2);
    }

    @Test
    void beginsEachTrialOnceWithManyReplicas() throws Exception {
        slate.still();
        Sweep.Builder sweep = grid().setParallelism(100).setTrialCount(60);
        for (int i = 1; i <= 60; i++) {
            sweep.getParametersBuilder(0).addValues(number(i / 100.0));
        }
        Sweep begun = create("train", sweep);
        try (ExecutorService replicas = Executors.newFixedThreadPool(4)) {
            List<Future<?>> running = new ArrayList<>();
            for (int replica = 0; replica < 4; replica++) {
                SweepLoop loop = new SweepLoop(postgres, trialJobs, client, config);
                running.add(replicas.submit(() -> {
                    for (int step = 0; step < 20; step++) {
                        // As if every replica's turn had come, whoever is at it.
                        jdbi.useHandle(handle -> handle.execute("UPDATE sweep SET due_time = clock_timestamp()"));
                        loop.moveDue();
                    }
                }));
            }
            for (Future<?> replica : running) {
                replica.get();
            }
        }
        assertThat(get(begun).getBegunCount()).isEqualTo(60);
        assertThat(jdbi.<Integer, RuntimeException>withHandle(
                        handle -> handle.createQuery("SELECT count(*) FROM training_job")
                                .mapTo(Integer.class)
                                .one()))
                .isEqualTo(60);
    }

    @Test
    void answersRepeatedRequestWithTheSameSweepAndRefusesATakenId() {
        slate.still();
        CreateSweepRequest request =
                request("train", grid(0.1)).setRequestId("request-1").build();
        String first = service().createSweep(request).getName();
        assertThat(service().createSweep(request).getName()).isEqualTo(first);
        Refusal taken = Refusal.of(
                () -> service().createSweep(request("train", grid(0.1)).build()));
        assertThat(taken.code()).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(service().createSweep(request("", grid(0.1)).build()).getName())
                .matches("tenants/acme/sweeps/sweep-[0-9a-f]{16}");
        assertThat(service()
                        .listSweeps(ListSweepsRequest.newBuilder()
                                .setParent("tenants/acme")
                                .setPageSize(1)
                                .build())
                        .getNextPageToken())
                .isNotEmpty();
    }

    @Test
    void tellsAllFaultsAtOnce() {
        Sweep.Builder sweep = grid(0.1)
                .setGoal("most")
                .setMeasure("test_accuracy")
                .setParallelism(101)
                .setTrialCount(2)
                .setPromoteAlias("Best");
        sweep.getSpecBuilder().addAliases("production");
        sweep.getStoppingBuilder().setType("asha").setReduction(1).setMinTrials(3);
        sweep.addParameters(Parameter.newBuilder().setPath("seed"));
        sweep.addParametersBuilder()
                .setPath("optimizer.learning_rate")
                .getRangeBuilder()
                .setMin(0)
                .setMax(-1)
                .setLogarithmic(true);
        Refusal refusal = Refusal.of(() -> create("No", sweep));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields())
                .containsExactlyInAnyOrder(
                        "sweep_id: \"No\" (expected: [a-z][a-z0-9-]{0,56})",
                        "sweep.goal: \"most\" (expected: maximize or minimize)",
                        "sweep.stopping.min_trials: 3 (expected: not set, unless type is median)",
                        "sweep.parameters[1].values: 0 (expected: 1 to 100, or a range)",
                        "sweep.parameters[2].path: \"optimizer.learning_rate\" (expected: a path that no other parameter"
                                + " has)",
                        "sweep.parameters[2].range.max: -1.0 (expected: a number above 0.0)",
                        "sweep.parameters[2].range.min: 0.0 (expected: above 0, where it is logarithmic)",
                        "sweep.parallelism: 101 (expected: 1 to 100)",
                        "sweep.spec.aliases: [production] (expected: none: promote_alias names the one that the best"
                                + " version gets)",
                        "sweep.promote_alias: \"Best\" (expected: [a-z][a-z0-9-]{0,62})",
                        "sweep.measure: \"test_accuracy\" (expected: a measure after each epoch, such as"
                                + " validation_loss; held-out rows choose nothing)",
                        "sweep.stopping.reduction: 1 (expected: 2 to 10)");
    }

    @Test
    void tellsWhatTrialsWouldBeRefusedFor() {
        Refusal wrongValue = Refusal.of(() -> create("train", grid(0.1, -1)));
        assertThat(wrongValue.fields())
                .singleElement()
                .asString()
                .startsWith("sweep.spec.optimizer.learning_rate: -1.0 (expected: ")
                .endsWith(", in trial 2)");
        Sweep.Builder nowhere = grid(0.1);
        nowhere.getParametersBuilder(0).setPath("optimizer.learnrate");
        assertThat(Refusal.of(() -> create("train", nowhere)).fields())
                .containsExactly("sweep.parameters[0]: \"optimizer.learnrate = 0.1\" (expected: a field of a"
                        + " TrainingSpec that trials may differ in)");
        Sweep.Builder unvalidated = grid(0.1);
        unvalidated.getSpecBuilder().getDataBuilder().clearSplit();
        assertThat(Refusal.of(() -> create("train", unvalidated)).fields())
                .containsExactly("sweep.spec.data.split.validation_fraction: 0.0 (expected: above 0, for"
                        + " validation_accuracy)");
        Sweep.Builder uncountable = grid();
        uncountable.getParametersBuilder(0).getRangeBuilder().setMin(0.1).setMax(0.2);
        assertThat(Refusal.of(() -> create("train", uncountable)).fields())
                .containsExactly(
                        "sweep.search: \"grid\" (expected: random, where a parameter has a range that is not whole)");
        Sweep.Builder missing = grid(0.1);
        missing.getSpecBuilder().setModel("tenants/acme/models/missing");
        assertThat(Refusal.of(() -> create("train", missing)).fields())
                .containsExactly(
                        "sweep.spec.model: \"tenants/acme/models/missing\" (expected: a model of tenants/acme)");
    }

    @Test
    void hidesSweepsFromOtherTenants() {
        slate.still();
        Sweep sweep = create("train", grid(0.1));
        SweepServiceGrpc.SweepServiceBlockingStub others = service("globex");
        assertThat(Refusal.of(() -> others.getSweep(GetSweepRequest.newBuilder()
                                .setName(sweep.getName())
                                .build()))
                        .code())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(Refusal.of(() -> others.listTrials(ListTrialsRequest.newBuilder()
                                .setParent(sweep.getName())
                                .build()))
                        .code())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(Refusal.of(() -> others.cancelSweep(CancelSweepRequest.newBuilder()
                                .setName(sweep.getName())
                                .build()))
                        .code())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(others.listSweeps(ListSweepsRequest.newBuilder()
                                .setParent("tenants/globex")
                                .build())
                        .getSweepsList())
                .isEmpty();
    }

    private Sweep.Builder grid(double... rates) {
        Sweep.Builder sweep = Sweep.newBuilder()
                .setSpec(jobs.spec("ready"))
                .setSearch("grid")
                .setMeasure("validation_accuracy")
                .setGoal("maximize");
        sweep.getSpecBuilder()
                .getDataBuilder()
                .getSplitBuilder()
                .setType("stratified")
                .setValidationFraction(0.1);
        Parameter.Builder parameter = sweep.addParametersBuilder().setPath("optimizer.learning_rate");
        for (double rate : rates) {
            parameter.addValues(number(rate));
        }
        return sweep;
    }

    private static Value number(double value) {
        return Value.newBuilder().setNumberValue(value).build();
    }

    private CreateSweepRequest.Builder request(String id, Sweep.Builder sweep) {
        return CreateSweepRequest.newBuilder()
                .setParent("tenants/acme")
                .setSweepId(id)
                .setSweep(sweep);
    }

    private Sweep create(String id, Sweep.Builder sweep) {
        return service().createSweep(request(id, sweep).build());
    }

    private Sweep get(Sweep sweep) {
        return service()
                .getSweep(GetSweepRequest.newBuilder().setName(sweep.getName()).build());
    }

    private Sweep await(Sweep sweep, Sweep.State state) {
        return Await.found(
                sweep.getName() + " is " + state, () -> Optional.of(get(sweep)).filter(now -> now.getState() == state));
    }

    private List<Trial> trials(Sweep sweep, int pageSize) {
        List<Trial> all = new ArrayList<>();
        String page = "";
        do {
            var answer = service()
                    .listTrials(ListTrialsRequest.newBuilder()
                            .setParent(sweep.getName())
                            .setPageSize(pageSize)
                            .setPageToken(page)
                            .build());
            all.addAll(answer.getTrialsList());
            page = answer.getNextPageToken();
        } while (!page.isEmpty());
        return all;
    }

    private SweepServiceGrpc.SweepServiceBlockingStub service() {
        return service("acme");
    }

    private SweepServiceGrpc.SweepServiceBlockingStub service(String tenant) {
        return SweepServiceGrpc.newBlockingStub(callers.tenant(tenant)).withDeadlineAfter(30, TimeUnit.SECONDS);
    }
}
