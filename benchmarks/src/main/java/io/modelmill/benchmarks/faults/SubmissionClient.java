package io.modelmill.benchmarks.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.proto.gateway.v1.ListTrainingUsagesRequest;
import io.modelmill.proto.gateway.v1.TrainingUsage;
import io.modelmill.proto.gateway.v1.UsageServiceGrpc;
import io.modelmill.proto.training.v1.CancelTrainingJobRequest;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What a tenant's program does: submits, asks again where it was not answered, cancels. Thread-safe. */
final class SubmissionClient {
    private static final Duration CALL = Duration.ofSeconds(12);
    private static final Duration PAUSE = Duration.ofMillis(700);

    private final Map<String, Channel> channels;
    private final Map<String, String> datasets;
    private final Map<String, ConcurrentLinkedQueue<String>> names = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> unexpected = new ConcurrentLinkedQueue<>();
    private volatile Instant deadline = Instant.MAX;

    /**
     * @param channels with a credential, by tenant
     * @param datasets name of the rows, by tenant
     */
    SubmissionClient(Map<String, Channel> channels, Map<String, String> datasets) {
        this.channels = Map.copyOf(channels);
        this.datasets = Map.copyOf(datasets);
    }

    /** From when on nothing is tried again. */
    void endBy(Instant end) {
        deadline = end;
    }

    /** Answers that no caller should get. */
    List<String> unexpected() {
        return List.copyOf(unexpected);
    }

    /** What became of a submission. */
    Facts.Accepted accepted(Submission submission) {
        return new Facts.Accepted(
                submission.tenant(),
                submission.requestId(),
                List.copyOf(names.getOrDefault(key(submission), new ConcurrentLinkedQueue<>())));
    }

    /** Submits a job, once more if it shall be, and cancels it if it shall be. */
    void run(Submission submission) {
        Optional<String> name = submit(submission);
        if (submission.again()) {
            submit(submission);
        }
        name.ifPresent(job -> submission.cancelAfter().ifPresent(wait -> {
            LockSupport.parkNanos(wait.toNanos());
            cancel(submission.tenant(), job);
        }));
    }

    private Optional<String> submit(Submission submission) {
        CreateTrainingJobRequest.Builder request = CreateTrainingJobRequest.newBuilder()
                .setParent("tenants/" + submission.tenant())
                .setTrainingJobId(submission.jobId())
                .setRequestId(submission.requestId());
        merge(spec(submission.tenant()), request.getTrainingJobBuilder());
        request.getTrainingJobBuilder().getSpecBuilder().setSeed(submission.jobSeed());
        Optional<String> name = untilAnswered(
                "submit",
                submission.requestId(),
                () -> stub(submission.tenant())
                        .createTrainingJob(request.build())
                        .getName());
        name.ifPresent(answered -> names.computeIfAbsent(key(submission), key -> new ConcurrentLinkedQueue<>())
                .add(answered));
        return name;
    }

    private void cancel(String tenant, String job) {
        var _ = untilAnswered("cancel", job, () -> {
            try {
                return stub(tenant)
                        .cancelTrainingJob(CancelTrainingJobRequest.newBuilder()
                                .setName(job)
                                .build())
                        .getName();
            } catch (StatusException e) {
                if (e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION) {
                    // It was too late.
                    return job;
                }
                throw e;
            }
        });
    }

    /** Training time of a tenant, all months together. */
    Facts.TrainingTime counted(String tenant) throws StatusException {
        List<TrainingUsage> months = UsageServiceGrpc.newBlockingV2Stub(channel(tenant))
                .withDeadlineAfter(CALL.toMillis(), TimeUnit.MILLISECONDS)
                .listTrainingUsages(ListTrainingUsagesRequest.newBuilder()
                        .setParent("tenants/" + tenant)
                        .build())
                .getTrainingUsagesList();
        Facts.TrainingTime sum = new Facts.TrainingTime(0, 0);
        for (TrainingUsage month : months) {
            sum = sum.plus(new Facts.TrainingTime(
                    month.getTrainingTime().getSeconds() * 1_000
                            + month.getTrainingTime().getNanos() / 1_000_000,
                    month.getAttempts()));
        }
        return sum;
    }

    private Optional<String> untilAnswered(String what, String of, Call call) {
        while (Instant.now().isBefore(deadline)) {
            try {
                return Optional.of(call.answer());
            } catch (StatusException e) {
                Status.Code code = e.getStatus().getCode();
                if (code != Status.Code.UNAVAILABLE && code != Status.Code.DEADLINE_EXCEEDED) {
                    unexpected.add(what + " of " + of + ": " + e.getStatus());
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
        return Optional.empty();
    }

    private TrainingJobServiceGrpc.TrainingJobServiceBlockingV2Stub stub(String tenant) {
        return TrainingJobServiceGrpc.newBlockingV2Stub(channel(tenant))
                .withDeadlineAfter(CALL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Channel channel(String tenant) {
        Channel channel = channels.get(tenant);
        if (channel == null) {
            throw new IllegalArgumentException("tenant " + tenant + " has no channel");
        }
        return channel;
    }

    /** The exclusive or, as the smallest job that trains. */
    private String spec(String tenant) {
        return """
                {"spec": {"model": "tenants/%s/models/xor", "datasetVersion": "%s",
                 "data": {"labelColumn": "xor", "split": {"type": "none"}},
                 "network": {"layers": [{"type": "dense", "units": 4, "activation": "tanh"}, {"type": "dense", "units": 1}]},
                 "loss": {"type": "binary_cross_entropy"}, "optimizer": {"type": "adam", "learningRate": 0.05},
                 "epochs": 24, "batchSize": 4, "maxDuration": "1800s"}}
                """.formatted(tenant, Objects.requireNonNull(datasets.get(tenant)));
    }

    private static void merge(String json, TrainingJob.Builder job) {
        try {
            JsonFormat.parser().merge(json, job);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String key(Submission submission) {
        return submission.tenant() + "/" + submission.requestId();
    }

    private interface Call {
        String answer() throws StatusException;
    }
}
