package io.modelmill.fleet.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.ResourceEstimate;
import io.modelmill.proto.training.v1.Scheduling;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.proto.training.v1.WatchTrainingJobRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Training jobs of one tenant. */
public final class TrainingClient {
    private static final int DEADLINE_SECONDS = 30;
    /** So that a service that is away is not asked at full speed. */
    private static final Duration BEFORE_NEXT_WATCH = Duration.ofMillis(500);

    private final Channel channel;
    private final String parent;

    /** @param channel with a credential of the tenant */
    public TrainingClient(Channel channel, String tenant) {
        this.channel = channel;
        this.parent = "tenants/" + tenant;
    }

    /**
     * Submits the job that a file describes.
     *
     * @param template a TrainingJob in protobuf's JSON form; the other arguments take the place of what it says
     * @return name of the job
     */
    public String submit(Path template, String model, String datasetVersion, long seed) throws StatusException {
        TrainingJob.Builder job = TrainingJob.newBuilder();
        try {
            JsonFormat.parser().merge(Files.readString(template), job);
        } catch (InvalidProtocolBufferException e) {
            throw new FleetException(template + ": " + e.getMessage() + " (expected: a TrainingJob as JSON)", e);
        } catch (IOException e) {
            throw new FleetException(template + ": cannot be read (" + e + ")", e);
        }
        job.getSpecBuilder().setModel(model).setDatasetVersion(datasetVersion).setSeed(seed);
        return create(job.getSpec(), job.getScheduling(), false).getName();
    }

    /**
     * Submits a job.
     *
     * @param spec TrainingSpec in protobuf's JSON form; model and data set take the place of what it says
     * @param scheduling Scheduling in protobuf's JSON form
     * @return name of the job
     */
    public String submit(String spec, String scheduling, String model, String datasetVersion) throws StatusException {
        return create(spec(spec, model, datasetVersion), scheduling(scheduling), false)
                .getName();
    }

    /** Has a job checked like {@link #submit(String, String, String, String)} and answers what it would need. */
    public Estimate validate(String spec, String scheduling, String model, String datasetVersion)
            throws StatusException {
        ResourceEstimate estimate = create(spec(spec, model, datasetVersion), scheduling(scheduling), true)
                .getEstimate();
        return new Estimate(estimate.getParameters(), estimate.getMemoryBytes(), estimate.getDiskBytes());
    }

    /**
     * What a job needs, as its service reckons.
     *
     * @param parameters numbers that the network learns
     */
    public record Estimate(long parameters, long memoryBytes, long diskBytes) {}

    private static TrainingSpec spec(String json, String model, String datasetVersion) {
        TrainingSpec.Builder spec = TrainingSpec.newBuilder();
        try {
            JsonFormat.parser().merge(json, spec);
        } catch (InvalidProtocolBufferException e) {
            throw new FleetException("spec: " + e.getMessage() + " (expected: a TrainingSpec as JSON)", e);
        }
        return spec.setModel(model).setDatasetVersion(datasetVersion).build();
    }

    private static Scheduling scheduling(String json) {
        Scheduling.Builder scheduling = Scheduling.newBuilder();
        try {
            JsonFormat.parser().merge(json, scheduling);
        } catch (InvalidProtocolBufferException e) {
            throw new FleetException("scheduling: " + e.getMessage() + " (expected: a Scheduling as JSON)", e);
        }
        return scheduling.build();
    }

    private TrainingJob create(TrainingSpec spec, Scheduling scheduling, boolean validateOnly) throws StatusException {
        return TrainingJobServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .createTrainingJob(CreateTrainingJobRequest.newBuilder()
                        .setParent(parent)
                        .setTrainingJob(TrainingJob.newBuilder().setSpec(spec).setScheduling(scheduling))
                        .setRequestId(UUID.randomUUID().toString())
                        .setValidateOnly(validateOnly)
                        .build());
    }

    /** Watches a job to its end, across broken connections; answers the last change of its state. */
    public JobListener.Move watch(String job, Duration limit, JobListener listener) throws StatusException {
        Instant deadline = Instant.now().plus(limit);
        long seen = 0;
        while (true) {
            BlockingClientCall<?, JobEvent> events = TrainingJobServiceGrpc.newBlockingV2Stub(channel)
                    .withWaitForReady()
                    .withDeadlineAfter(Duration.between(Instant.now(), deadline).toMillis(), TimeUnit.MILLISECONDS)
                    .watchTrainingJob(WatchTrainingJobRequest.newBuilder()
                            .setName(job)
                            .setAfterSequence(seen)
                            .build());
            try {
                while (events.hasNext()) {
                    JobEvent event = events.read();
                    if (event == null) {
                        break;
                    }
                    seen = event.getSequence();
                    if (event.hasProgress()) {
                        listener.advanced(progress(event.getProgress()));
                    } else if (event.hasTransition()) {
                        JobListener.Move move = move(event);
                        listener.moved(move);
                        if (move.isLast()) {
                            return move;
                        }
                    }
                }
            } catch (StatusException e) {
                if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
                    throw e;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Status.CANCELLED
                        .withDescription("interrupted")
                        .withCause(e)
                        .asException();
            }
            LockSupport.parkNanos(BEFORE_NEXT_WATCH.toNanos());
        }
    }

    private static JobListener.Move move(JobEvent event) {
        return new JobListener.Move(
                event.getTransition().getTo().name().replace("STATE_", ""),
                Instant.ofEpochSecond(
                        event.getTime().getSeconds(), event.getTime().getNanos()),
                event.getAttempt(),
                event.getTransition().getReason(),
                event.getTransition().getModelVersion());
    }

    private static JobListener.Progress progress(Progress progress) {
        return new JobListener.Progress(
                progress.getEpoch(),
                progress.getEpochs(),
                progress.getStep(),
                progress.getSteps(),
                progress.getMetricsMap(),
                Duration.ofSeconds(
                        progress.getRemaining().getSeconds(),
                        progress.getRemaining().getNanos()));
    }
}
