package io.modelmill.training.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.google.protobuf.util.Durations;
import io.grpc.Status;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.GetTrainingJobRequest;
import io.modelmill.proto.training.v1.Layer;
import io.modelmill.proto.training.v1.ListTrainingJobsRequest;
import io.modelmill.proto.training.v1.ListTrainingJobsResponse;
import io.modelmill.proto.training.v1.ResourceEstimate;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerType;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TrainingServiceTest
class SubmissionIT {
    @Inject
    CleanSlate slate;

    private FakeRegistryServer registry;
    private TestCallers callers;
    private Jobs jobs;

    @BeforeEach
    void connect() {
        registry = slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void answersWithTheJobAsItWasTaken() {
        TrainingJob job = jobs.submit("train-1");
        assertThat(job.getName()).isEqualTo("tenants/acme/trainingJobs/train-1");
        assertThat(job.getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);
        assertThat(job.getStateReason()).isEqualTo("submitted");
        assertThat(job.getSpec().getData().getTestFraction()).isEqualTo(0.2);
        assertThat(job.getSpec().getData().getNormalization()).isEqualTo("none");
        assertThat(job.getSpec().getMaxDuration()).isEqualTo(Durations.fromHours(1));
        assertThat(job.hasCreateTime()).isTrue();
        assertThat(job.hasProgress()).isFalse();
        assertThat(job.getScheduling().getResourceClass()).isEqualTo("small");
        assertThat(job.getResources().getCores()).isEqualTo(2);
        assertThat(job.getResources().getMemoryBytes()).isEqualTo(4L << 30);
        assertThat(jobs.get(job.getName())).isEqualTo(job);
    }

    @Test
    void choosesIdIfNoneIsGiven() {
        TrainingJob job = jobs.submit("");
        assertThat(job.getName()).matches("tenants/acme/trainingJobs/job-[0-9a-f]{16}");
    }

    @Test
    void answersRepeatedRequestWithTheSameJob() {
        CreateTrainingJobRequest request =
                jobs.request("", jobs.spec("ready")).setRequestId("request-1").build();
        TrainingJob first = jobs.service().createTrainingJob(request);
        assertThat(jobs.service().createTrainingJob(request)).isEqualTo(first);

        // Also when the spec has become wrong meanwhile, and when the registry is away.
        registry.stop();
        CreateTrainingJobRequest later = request.toBuilder().clearTrainingJob().build();
        assertThat(jobs.service().createTrainingJob(later)).isEqualTo(first);

        registry.start();
        Jobs others = new Jobs(callers.tenant("globex"), "globex");
        TrainingJob foreign = others.service()
                .createTrainingJob(others.request("", others.spec("ready"))
                        .setRequestId("request-1")
                        .build());
        assertThat(foreign.getName()).startsWith("tenants/globex/").isNotEqualTo(first.getName());
    }

    @Test
    void makesOneJobOfConcurrentRequests() throws Exception {
        CreateTrainingJobRequest request = jobs.request("train-1", jobs.spec("ready"))
                .setRequestId("request-1")
                .build();
        Set<String> names = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<TrainingJob>> answers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                answers.add(threads.submit(() -> jobs.service().createTrainingJob(request)));
            }
            for (Future<TrainingJob> answer : answers) {
                names.add(answer.get().getName());
            }
        }
        assertThat(names).containsExactly("tenants/acme/trainingJobs/train-1");
    }

    @Test
    void refusesTakenId() {
        jobs.submit("train-1");
        Refusal refusal = Refusal.of(() -> jobs.submit("train-1"));
        assertThat(refusal.code()).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(refusal.reason()).isEqualTo("RESOURCE_EXISTS");
        CreateTrainingJobRequest check = jobs.request("train-1", jobs.spec("ready"))
                .setValidateOnly(true)
                .build();
        assertThat(Refusal.of(() -> jobs.service().createTrainingJob(check)).code())
                .isEqualTo(Status.Code.ALREADY_EXISTS);
    }

    @Test
    void checksWithoutMaking() {
        CreateTrainingJobRequest request = jobs.request("train-1", jobs.spec("ready"))
                .setRequestId("request-1")
                .setValidateOnly(true)
                .build();
        TrainingJob checked = jobs.service().createTrainingJob(request);
        assertThat(checked.getState()).isEqualTo(TrainingJob.State.STATE_UNSPECIFIED);
        assertThat(checked.getName()).isEqualTo("tenants/acme/trainingJobs/train-1");
        assertThat(checked.getSpec().getData().getTestFraction()).isEqualTo(0.2);
        assertThat(Refusal.of(() -> jobs.get(checked.getName())).code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(jobs.service()
                        .createTrainingJob(
                                request.toBuilder().setValidateOnly(false).build())
                        .getState())
                .isEqualTo(TrainingJob.State.STATE_QUEUED);
    }

    @Test
    void tellsAllFaultsOfSpecAndDataAtOnce() {
        TrainingSpec.Builder spec = jobs.spec("missing-model");
        spec.getDataBuilder()
                .setTestFraction(Double.NaN)
                .addFeatureColumns("weight")
                .addFeatureColumns("place");
        spec.getNetworkBuilder()
                .addLayers(Layer.newBuilder().setType("dens").setUnits(4))
                .addLayers(Layer.newBuilder().setType("dense").setUnits(7));
        spec.getOptimizerBuilder().setLearningRate(-1);
        CreateTrainingJobRequest request =
                jobs.request("Train", spec).setRequestId("x".repeat(65)).build();

        Refusal refusal = Refusal.of(() -> jobs.service().createTrainingJob(request));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.reason()).isEqualTo("INVALID_FIELD");
        assertThat(refusal.fields())
                .containsExactly(
                        "request_id: \"" + "x".repeat(65) + "\" (expected: at most 64 printable characters)",
                        "training_job_id: \"Train\" (expected: [a-z][a-z0-9-]{0,62})",
                        "training_job.spec.data.test_fraction: NaN (expected: above 0 and at most 0.9)",
                        "training_job.spec.network.layers[2].type: \"dens\""
                                + " (expected: one of "
                                + LayerCatalogue.standard().types().stream()
                                        .map(LayerType::name)
                                        .collect(Collectors.joining(", "))
                                + ")",
                        "training_job.spec.optimizer.learning_rate: -1.0 (expected: finite and above 0)",
                        "training_job.spec.model: \"tenants/acme/models/missing-model\""
                                + " (expected: a model of tenants/acme)",
                        "training_job.spec.data.feature_columns[2]: \"weight: 2 missing values\""
                                + " (expected: a number in every row)",
                        "training_job.spec.network.layers[3].units: 7"
                                + " (expected: 3, the number of classes in \"species\")");
    }

    @Test
    void tellsWhatTheJobNeeds() {
        // 2 columns to 8 units to 3 units, each with a bias; Adam keeps two numbers of each, and 16 rows are a step.
        long memory = (600L << 20) + 51 * 4 * 4 + 16 * (2 + 8 + 3) * 8;
        CreateTrainingJobRequest request = jobs.request("train-1", jobs.spec("ready"))
                .setValidateOnly(true)
                .build();
        ResourceEstimate checked = jobs.service().createTrainingJob(request).getEstimate();
        assertThat(checked.getParameters()).isEqualTo(51);
        assertThat(checked.getMemoryBytes()).isEqualTo(memory);
        assertThat(checked.getDiskBytes()).isPositive();
        assertThat(jobs.get(jobs.submit("train-1").getName()).getEstimate()).isEqualTo(checked);
    }

    @Test
    void refusesWhatIsTooLarge() {
        TrainingSpec.Builder spec = jobs.spec("ready").setBatchSize(65_536);
        spec.getNetworkBuilder()
                .clearLayers()
                .addLayers(Layer.newBuilder().setType("dense").setUnits(60_000))
                .addLayers(Layer.newBuilder().setType("dense").setUnits(2_000))
                .addLayers(Layer.newBuilder().setType("dense"));
        Refusal refusal = Refusal.of(() -> jobs.submit("train-1", spec));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields())
                .containsExactly(
                        "training_job.spec.network.layers: \"120188003 parameters\" (expected: at most 100000000)");
    }

    @Test
    void refusesAClassThatIsNotOfferedOrTooSmall() {
        CreateTrainingJobRequest.Builder unknown = jobs.request("train-1", jobs.spec("ready"));
        unknown.getTrainingJobBuilder().getSchedulingBuilder().setResourceClass("huge");
        assertThat(Refusal.of(() -> jobs.service().createTrainingJob(unknown.build()))
                        .fields())
                .containsExactly("training_job.scheduling.resource_class: \"huge\""
                        + " (expected: one of small, medium, large)");

        TrainingSpec.Builder wide = jobs.spec("ready").setBatchSize(150);
        wide.getNetworkBuilder()
                .clearLayers()
                .addLayers(Layer.newBuilder().setType("dense").setUnits(65_536));
        for (int i = 0; i < 90; i++) {
            wide.getNetworkBuilder()
                    .addLayers(Layer.newBuilder().setType("dropout").setRate(0.1));
        }
        wide.getNetworkBuilder().addLayers(Layer.newBuilder().setType("dense").setUnits(3));
        CreateTrainingJobRequest.Builder tooSmall = jobs.request("train-1", wide);
        tooSmall.getTrainingJobBuilder().getSchedulingBuilder().setResourceClass("small");
        assertThat(Refusal.of(() -> jobs.service().createTrainingJob(tooSmall.build()))
                        .fields())
                .singleElement(STRING)
                .startsWith("training_job.spec.batch_size: ")
                .contains("at most 4096 MiB");
        TrainingJob larger =
                jobs.service().createTrainingJob(jobs.request("train-1", wide).build());
        assertThat(larger.getScheduling().getResourceClass()).isEqualTo("medium");
    }

    @Test
    void takesEveryKindOfTaskAndAnswersItAsItWasTaken() {
        TrainingSpec.Builder spec = jobs.spec("ready").setCheckpointSteps(5);
        spec.getNetworkBuilder().getLayersBuilder(1).clearUnits();
        spec.getDataBuilder().getSplitBuilder().setValidationFraction(0.2);
        spec.getDataBuilder().getCleaningBuilder().setOutliers("clip");
        spec.getLossBuilder().addClassWeights(1).addClassWeights(2).addClassWeights(0.5);
        spec.getScheduleBuilder().setType("cosine").setWarmupSteps(3);
        spec.getRegularizationBuilder().setMaxGradientNorm(1);
        spec.getEarlyStoppingBuilder().setPatience(2);
        spec.getAdversarialBuilder().setType("pgd").setEpsilon(0.1);
        TrainingSpec taken = jobs.submit("train-1", spec).getSpec();
        assertThat(taken.getTask()).isEqualTo("classification");
        assertThat(taken.getData().getSplit().getType()).isEqualTo("stratified");
        assertThat(taken.getData().getCleaning().getOutlierDeviations()).isEqualTo(4);
        assertThat(taken.getLoss()).isEqualTo(spec.getLoss());
        assertThat(taken.getSchedule()).isEqualTo(spec.getSchedule());
        assertThat(taken.getEarlyStopping().getMetric()).isEqualTo("validation_loss");
        assertThat(taken.getAdversarial()).isEqualTo(spec.getAdversarial());
        assertThat(taken.getNetwork()).isEqualTo(spec.getNetwork());
    }

    @Test
    void wantsATeacherThatIsReadyAndHasTheSameClasses() {
        assertThat(refusalOfTeacher("tenants/acme/models/unknown/versions/1"))
                .containsExactly("training_job.spec.distillation.teacher_version:"
                        + " \"tenants/acme/models/unknown/versions/1\" (expected: a READY version of tenants/acme)");
        assertThat(refusalOfTeacher("tenants/acme/models/archived/versions/1"))
                .containsExactly("training_job.spec.distillation.teacher_version:"
                        + " \"tenants/acme/models/archived/versions/1\" (expected: a READY version of tenants/acme)");
        assertThat(refusalOfTeacher("tenants/globex/models/teacher/versions/1"))
                .containsExactly("training_job.spec.distillation.teacher_version:"
                        + " \"tenants/globex/models/teacher/versions/1\" (expected: a READY version of tenants/acme)");
        assertThat(refusalOfTeacher("tenants/acme/models/colours/versions/1"))
                .containsExactly("training_job.spec.distillation.teacher_version: \"the classes [red, blue]\""
                        + " (expected: those of \"species\", [0, 1, 2])");
        TrainingSpec.Builder spec = jobs.spec("ready");
        spec.getDistillationBuilder().setTeacherVersion("tenants/acme/models/teacher/versions/1");
        assertThat(jobs.submit("train-1", spec).getSpec().getDistillation().getTemperature())
                .isEqualTo(2);
    }

    private List<String> refusalOfTeacher(String version) {
        TrainingSpec.Builder spec = jobs.spec("ready");
        spec.getDistillationBuilder().setTeacherVersion(version);
        return Refusal.of(() -> jobs.submit("train-1", spec)).fields();
    }

    @Test
    void refusesEmptyRequest() {
        Refusal refusal = Refusal.of(() -> jobs.service()
                .createTrainingJob(CreateTrainingJobRequest.newBuilder()
                        .setParent("tenants/acme")
                        .build()));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields())
                .extracting(field -> field.substring(0, field.indexOf(": ")))
                .contains(
                        "training_job.spec.model",
                        "training_job.spec.dataset_version",
                        "training_job.spec.data.label_column",
                        "training_job.spec.network.layers",
                        "training_job.spec.loss.type",
                        "training_job.spec.optimizer.type",
                        "training_job.spec.epochs",
                        "training_job.spec.batch_size");
    }

    @Test
    void doesNotTellForeignModelFromMissingOne() {
        TrainingSpec.Builder spec = jobs.spec("ready")
                .setModel("tenants/globex/models/ready")
                .setDatasetVersion("tenants/globex/datasets/flowers/versions/1");
        assertThat(Refusal.of(() -> jobs.submit("train-1", spec)).fields())
                .containsExactly(
                        "training_job.spec.model: \"tenants/globex/models/ready\""
                                + " (expected: a model of tenants/acme)",
                        "training_job.spec.dataset_version: \"tenants/globex/datasets/flowers/versions/1\""
                                + " (expected: a data-set version of tenants/acme that is not deleted)");
    }

    @Test
    void refusesADeletedDataSetVersion() {
        TrainingSpec.Builder spec = jobs.spec("ready").setDatasetVersion("tenants/acme/datasets/flowers/versions/2");
        assertThat(Refusal.of(() -> jobs.submit("train-1", spec)).fields())
                .containsExactly("training_job.spec.dataset_version: \"tenants/acme/datasets/flowers/versions/2\""
                        + " (expected: a data-set version of tenants/acme that is not deleted)");
    }

    @Test
    void isUnavailableWithoutRegistry() {
        registry.stop();
        Refusal refusal = Refusal.of(() -> jobs.submit("train-1"));
        assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(refusal.reason()).isEqualTo("DEPENDENCY_UNAVAILABLE");
        // A fault that needs no registry is told all the same.
        Refusal fault =
                Refusal.of(() -> jobs.submit("train-1", jobs.spec("ready").setEpochs(-1)));
        assertThat(fault.fields()).containsExactly("training_job.spec.epochs: -1 (expected: 1 to 10000)");
        registry.start();
        assertThat(jobs.submit("train-1").getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);
    }

    @Test
    void listsNewestFirstInPages() {
        for (int i = 0; i < 5; i++) {
            jobs.submit("train-" + i);
        }
        new Jobs(callers.tenant("globex"), "globex").submit("train-9");
        List<String> names = new ArrayList<>();
        String token = "";
        int pages = 0;
        do {
            ListTrainingJobsResponse page = list("tenants/acme", 2, token);
            assertThat(page.getTrainingJobsCount()).isBetween(1, 2);
            page.getTrainingJobsList().forEach(job -> names.add(job.getName()));
            token = page.getNextPageToken();
            pages++;
        } while (!token.isEmpty());
        assertThat(pages).isEqualTo(3);
        assertThat(names)
                .containsExactly(
                        "tenants/acme/trainingJobs/train-4",
                        "tenants/acme/trainingJobs/train-3",
                        "tenants/acme/trainingJobs/train-2",
                        "tenants/acme/trainingJobs/train-1",
                        "tenants/acme/trainingJobs/train-0");
    }

    @Test
    void refusesWrongPages() {
        assertThat(Refusal.of(() -> list("tenants/acme", -1, "")).fields())
                .containsExactly("page_size: -1 (expected: >= 0)");
        for (String token : List.of("???", "YWJj")) {
            Refusal refusal = Refusal.of(() -> list("tenants/acme", 0, token));
            assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refusal.fields()).singleElement().asString().startsWith("page_token: ");
        }
        assertThat(Refusal.of(() -> list("tenants/Acme", 0, "")).fields())
                .containsExactly("parent: \"tenants/Acme\" (expected: tenants/{tenant})");
    }

    @Test
    void hidesJobsFromOtherTenants() {
        String name = jobs.submit("train-1").getName();
        Jobs others = new Jobs(callers.tenant("globex"), "globex");
        for (Refusal refusal : List.of(
                Refusal.of(() -> others.get(name)),
                Refusal.of(() -> others.cancel(name)),
                Refusal.of(() -> others.watch(name, 0)),
                Refusal.of(() -> others.service()
                        .createTrainingJob(
                                jobs.request("train-2", jobs.spec("ready")).build())),
                Refusal.of(() -> others.service()
                        .listTrainingJobs(ListTrainingJobsRequest.newBuilder()
                                .setParent("tenants/acme")
                                .build())),
                Refusal.of(() -> others.get("tenants/globex/trainingJobs/none")))) {
            assertThat(refusal.code()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(refusal.reason()).isEqualTo("RESOURCE_NOT_FOUND");
        }
    }

    @Test
    void refusesCallersWithoutTokenOrRole() {
        GetTrainingJobRequest request = GetTrainingJobRequest.newBuilder()
                .setName("tenants/acme/trainingJobs/train-1")
                .build();
        assertThat(Refusal.of(() -> TrainingJobServiceGrpc.newBlockingStub(callers.anonymous())
                                .getTrainingJob(request))
                        .code())
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        Caller worker = new Caller(request.getName(), Optional.of("acme"), Set.of(Role.WORKER));
        assertThat(Refusal.of(() -> TrainingJobServiceGrpc.newBlockingStub(callers.as(worker))
                                .getTrainingJob(request))
                        .code())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    private ListTrainingJobsResponse list(String parent, int size, String token) {
        return jobs.service()
                .listTrainingJobs(ListTrainingJobsRequest.newBuilder()
                        .setParent(parent)
                        .setPageSize(size)
                        .setPageToken(token)
                        .build());
    }
}
