package io.modelmill.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.StatusException;
import io.modelmill.fleet.client.JobListener;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.fixture.Topic;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.fleet.fixture.TrainingTime;
import io.modelmill.fleet.process.Poll;
import io.modelmill.fleet.process.Processes;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ServingVersion;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.GetTrainingJobRequest;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.ListMetricPointsRequest;
import io.modelmill.proto.training.v1.ListMetricPointsResponse;
import io.modelmill.proto.training.v1.MetricPoint;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.TrainingJob;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Every process dies once while a job runs. */
@EndToEnd
@Order(Integer.MAX_VALUE)
class CrashE2E {
    private static final Duration HEALED = Duration.ofMinutes(2);
    private static final Duration JOB_LIMIT = Duration.ofMinutes(8);
    private static final Duration START_LIMIT = Duration.ofMinutes(1);
    private static final String MODEL = "tenants/publisher/models/survivor";
    /** Longer than all deaths together: the first costs the job its worker, the next fall on its second attempt. */
    private static final Duration TRAINING = Duration.ofSeconds(75);

    private static final int MOST_EPOCHS = 10_000;

    @Test
    void losesNothingWhenEachProcessIsKilledInTurn(RunningFleet fleet) throws Exception {
        TrainedDigits digits = fleet.digits();
        TenantAccess tenant = digits.owner();
        tenant.registry().createModel("survivor", "");
        String job = submit(fleet, digits);
        List<JobListener.Move> moves = new ArrayList<>();
        awaitState(tenant, job, TrainingJob.State.STATE_RUNNING);

        killWorker(fleet);
        awaitAttempt(tenant, job, 2);
        for (String process : fleet.fleet().names()) {
            assertThat(isOver(tenant, job))
                    .as("job before the death of %s", process)
                    .isFalse();
            fleet.fleet().kill(process);
            fleet.fleet().awaitReady(HEALED);
        }

        JobListener.Move end = tenant.training().watch(job, JOB_LIMIT, new JobListener() {
            @Override
            public void moved(Move move) {
                moves.add(move);
            }

            @Override
            public void advanced(Progress progress) {}
        });
        assertThat(end.to()).as(end.reason()).isEqualTo("SUCCEEDED");
        assertThat(moves).filteredOn(JobListener.Move::isLast).hasSize(1);
        assertOneVersion(tenant, job, end.modelVersion());
        assertEventsOf(fleet, job, end.modelVersion());
        assertPointsOf(tenant, job);
        assertTrainingTime(fleet, tenant);
        TrainedDigits.awaitLoaded(tenant.predictions(), "survivor", "");
        assertThat(tenant.predictions().predict("survivor", "", digits.rows()).probabilities())
                .hasSameSizeAs(digits.rows());
        assertThat(tenant.predictions()
                        .predict(TrainedDigits.MODEL, "", digits.rows())
                        .version())
                .isEqualTo(digits.number());
    }

    private static void assertOneVersion(TenantAccess tenant, String job, String version) throws StatusException {
        List<ModelVersion> versions = tenant.models()
                .listModelVersions(
                        ListModelVersionsRequest.newBuilder().setParent(MODEL).build())
                .getModelVersionsList();
        assertThat(versions).hasSize(1);
        assertThat(versions.getFirst().getName()).isEqualTo(version);
        assertThat(versions.getFirst().getLineage().getTrainingJob()).isEqualTo(job);
    }

    /** No event is missing, none came twice in another shape, and the last says what the API says. */
    private static void assertEventsOf(RunningFleet fleet, String job, String version) {
        int kafka = fleet.ports().kafka();
        List<Long> sequences = Poll.until(HEALED, () -> {
                    List<JobEvent> events = Topic.read(kafka, "modelmill.training-events.v1").stream()
                            .filter(record -> record.key().equals(job))
                            .map(record -> trainingEvent(record).getEvent())
                            .toList();
                    boolean complete = events.stream()
                            .anyMatch(event ->
                                    event.getTransition().getModelVersion().equals(version));
                    return complete
                            ? Optional.of(events.stream()
                                    .map(JobEvent::getSequence)
                                    .distinct()
                                    .toList())
                            : Optional.<List<Long>>empty();
                })
                .orElseThrow(() -> new AssertionError("the job's end is not in Kafka"));
        assertThat(sequences)
                .isEqualTo(
                        LongStream.rangeClosed(1, sequences.getLast()).boxed().toList());

        Optional<ModelVersionsEvent> announced = Poll.until(
                HEALED,
                () -> Topic.read(kafka, "modelmill.model-versions.v1").stream()
                        .filter(record -> record.key().equals(MODEL))
                        .map(CrashE2E::modelEvent)
                        .filter(event -> event.getServingState().getVersionsCount() == 1)
                        .findFirst());
        assertThat(announced).isPresent();
        assertThat(announced.orElseThrow().getServingState().getVersionsList())
                .extracting(ServingVersion::getNumber)
                .containsExactly(1L);
    }

    /** Each epoch that was done has its point, whatever died. */
    private static void assertPointsOf(TenantAccess tenant, String job) throws StatusException {
        Progress done = get(tenant, job).getProgress();
        long stepsOfAnEpoch = done.getSteps() / done.getEpochs();
        List<Integer> epochs = new ArrayList<>();
        ListMetricPointsRequest.Builder request =
                ListMetricPointsRequest.newBuilder().setParent(job).setPageSize(1_000);
        do {
            ListMetricPointsResponse page = tenant.jobs().listMetricPoints(request.build());
            page.getMetricPointsList().stream()
                    .filter(point -> point.getStep() == point.getEpoch() * stepsOfAnEpoch)
                    .peek(point -> assertThat(point.getMetricsMap()).containsKey("loss"))
                    .map(MetricPoint::getEpoch)
                    .forEach(epochs::add);
            request.setPageToken(page.getNextPageToken());
        } while (!request.getPageToken().isEmpty());
        assertThat(epochs)
                .isEqualTo(IntStream.rangeClosed(1, done.getEpoch()).boxed().toList());
    }

    private static void assertTrainingTime(RunningFleet fleet, TenantAccess tenant) {
        TrainingTime stored = TrainingTime.inTheDatabase(fleet, tenant);
        assertThat(stored.millis()).isPositive();
        assertThat(stored.attempts()).isGreaterThanOrEqualTo(3);
        Optional<TrainingTime> summed = Poll.until(
                HEALED, () -> Optional.of(TrainingTime.atTheGateway(tenant)).filter(stored::equals));
        assertThat(summed)
                .as("training time at the gateway: %s, in the database: %s", TrainingTime.atTheGateway(tenant), stored)
                .isPresent();
    }

    private static String submit(RunningFleet fleet, TrainedDigits digits) throws IOException, StatusException {
        TrainingJob.Builder job = TrainingJob.newBuilder();
        JsonFormat.parser()
                .merge(Files.readString(fleet.fleet().options().installation().example("digits/job.json")), job);
        job.getSpecBuilder()
                .setModel(MODEL)
                .setDatasetVersion(digits.datasetVersion())
                .setEpochs(epochs(digits.epochTime()));
        return digits.owner()
                .jobs()
                .createTrainingJob(CreateTrainingJobRequest.newBuilder()
                        .setParent(digits.owner().name())
                        .setTrainingJob(job)
                        .setRequestId("crash")
                        .build())
                .getName();
    }

    /** So many that training takes its time on a fast machine, too. The first epochs, which are measured, are the slowest. */
    private static int epochs(Duration epochTime) {
        return (int) Math.min(MOST_EPOCHS, 2 * TRAINING.toNanos() / Math.max(1, epochTime.toNanos()));
    }

    private static void killWorker(RunningFleet fleet) {
        List<ProcessHandle> workers = fleet.fleet().processes().stream()
                .filter(process -> process.info()
                        .arguments()
                        .map(List::of)
                        .orElse(List.of())
                        .contains("io.modelmill.worker.WorkerMain"))
                .toList();
        assertThat(workers).as("workers").hasSize(1);
        Processes.kill(workers);
    }

    private static void awaitAttempt(TenantAccess tenant, String job, int attempt) {
        await(
                tenant,
                job,
                read -> read.getAttemptCount() >= attempt && read.getState() == TrainingJob.State.STATE_RUNNING);
    }

    private static void awaitState(TenantAccess tenant, String job, TrainingJob.State state) {
        await(tenant, job, read -> read.getState() == state);
    }

    private static void await(TenantAccess tenant, String job, Predicate<TrainingJob> condition) {
        Optional<TrainingJob> reached =
                Poll.until(START_LIMIT, () -> Optional.of(get(tenant, job)).filter(condition));
        assertThat(reached).as("state of %s: %s", job, get(tenant, job)).isPresent();
    }

    private static boolean isOver(TenantAccess tenant, String job) {
        return switch (get(tenant, job).getState()) {
            case STATE_SUCCEEDED, STATE_FAILED, STATE_CANCELLED, STATE_TIMED_OUT -> true;
            default -> false;
        };
    }

    private static TrainingJob get(TenantAccess tenant, String job) {
        try {
            return tenant.jobs()
                    .withWaitForReady()
                    .getTrainingJob(
                            GetTrainingJobRequest.newBuilder().setName(job).build());
        } catch (StatusException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TrainingEvent trainingEvent(ConsumerRecord<String, byte[]> record) {
        try {
            return TrainingEvent.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ModelVersionsEvent modelEvent(ConsumerRecord<String, byte[]> record) {
        try {
            return ModelVersionsEvent.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
