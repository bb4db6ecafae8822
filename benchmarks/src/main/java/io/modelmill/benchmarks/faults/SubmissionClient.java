package io.modelmill.benchmarks.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.benchmarks.servers.XorTenant;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.proto.gateway.v1.ListTrainingUsagesRequest;
import io.modelmill.proto.gateway.v1.TrainingUsage;
import io.modelmill.proto.gateway.v1.UsageServiceGrpc;
import io.modelmill.proto.training.v1.CancelTrainingJobRequest;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.v1.TrainingSpec;
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
    private static final TrainingSpec SPEC = spec();
    private static final Duration PAUSE = Duration.ofMillis(700);

    private final GatewayConnection gateway;
    private final Map<String, XorTenant> tenants;
    private final Map<String, ConcurrentLinkedQueue<String>> names = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> unexpected = new ConcurrentLinkedQueue<>();
    private volatile Instant deadline = Instant.MAX;

    /** @param tenants by their ids */
    SubmissionClient(GatewayConnection gateway, Map<String, XorTenant> tenants) {
        this.gateway = gateway;
        this.tenants = Map.copyOf(tenants);
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
        XorTenant tenant = tenant(submission.tenant());
        request.getTrainingJobBuilder()
                .setSpec(SPEC.toBuilder()
                        .setModel(tenant.model())
                        .setDatasetVersion(tenant.datasetVersion())
                        .setSeed(submission.jobSeed()));
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
        return gateway.with(tenant(tenant).credential());
    }

    private XorTenant tenant(String id) {
        return Objects.requireNonNull(tenants.get(id), id);
    }

    private static TrainingSpec spec() {
        try {
            TrainingSpec.Builder spec = TrainingSpec.newBuilder();
            JsonFormat.parser().merge(XorTenant.SPEC, spec);
            return spec.build();
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
