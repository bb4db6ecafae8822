package io.modelmill.worker.assignment;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.Cancelled;
import io.modelmill.proto.training.worker.v1.Failure;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.RenewLeaseRequest;
import io.modelmill.proto.training.worker.v1.ReportCheckpointRequest;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.ReportProgressRequest;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.proto.training.worker.v1.Yielded;
import io.modelmill.worker.failure.FailureReport;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.process.ProcessExit;
import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.train.TrainingProgress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What a worker says to training-service. ABORTED never reaches a caller: it ends the process. */
public final class TrainingServiceClient {
    private static final Duration START_PATIENCE = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PROGRESS_PATIENCE = Duration.ofSeconds(5);

    private static final Set<Status.Code> REFUSALS = Set.of(
            Status.Code.INVALID_ARGUMENT,
            Status.Code.NOT_FOUND,
            Status.Code.FAILED_PRECONDITION,
            Status.Code.OUT_OF_RANGE,
            Status.Code.UNIMPLEMENTED);

    private final ManagedChannel channel;
    private final WorkerServiceGrpc.WorkerServiceBlockingStub service;
    private final AttemptRef attempt;
    private final AccessToken token;
    private final ProcessExit exit;

    /** @param token renewed with each lease */
    public TrainingServiceClient(
            ManagedChannel channel,
            io.grpc.ClientInterceptor headers,
            AccessToken token,
            String job,
            long fencingToken,
            ProcessExit exit) {
        this.channel = channel;
        this.service = WorkerServiceGrpc.newBlockingStub(channel)
                .withInterceptors(headers, new FencingInterceptor(exit))
                .withWaitForReady();
        this.attempt = AttemptRef.newBuilder()
                .setJob(job)
                .setFencingToken(fencingToken)
                .build();
        this.token = token;
        this.exit = exit;
    }

    /**
     * What to train, and the hold on it, kept from now on.
     *
     * @throws UnassignedException when training-service does not answer with an assignment
     * @throws JobFailedException when the assignment makes no sense; the hold is kept, so that this can be reported
     */
    public Held getAssignment() {
        io.modelmill.proto.training.worker.v1.Assignment answer;
        try {
            answer = service.withDeadlineAfter(START_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                    .getAssignment(GetAssignmentRequest.newBuilder()
                            .setAttempt(attempt)
                            .build());
        } catch (StatusRuntimeException e) {
            throw new UnassignedException(e);
        }
        LeaseGrant grant = AssignmentProtoMapper.grant(answer.getLease());
        token.renew(grant.accessToken());
        var lease = new Lease(grant);
        new LeaseKeeper(lease, this::renew, exit).start();
        return new Held(AssignmentProtoMapper.assignment(answer), lease);
    }

    private LeaseGrant renew(Duration patience) {
        // Without this a channel that failed before waits ever longer to connect, longer than a lease lasts.
        channel.resetConnectBackoff();
        LeaseGrant grant = AssignmentProtoMapper.grant(service.withDeadlineAfter(
                        patience.toNanos(), TimeUnit.NANOSECONDS)
                .renewLease(RenewLeaseRequest.newBuilder().setAttempt(attempt).build()));
        token.renew(grant.accessToken());
        return grant;
    }

    /**
     * Reports how far training is, from the oldest point to the newest.
     *
     * @return whether training-service has it, or never will
     */
    boolean reportProgress(List<TrainingProgress> points) {
        try {
            service.withDeadlineAfter(PROGRESS_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                    .reportProgress(ReportProgressRequest.newBuilder()
                            .setAttempt(attempt)
                            .addAllProgress(points.stream()
                                    .map(AssignmentProtoMapper::progress)
                                    .toList())
                            .build());
            return true;
        } catch (StatusRuntimeException e) {
            WorkerLog.write("cannot report epoch %d: %s", points.getLast().epoch(), e.getMessage());
            // What is refused will be refused again: training is worth more than the telling of it.
            return REFUSALS.contains(e.getStatus().getCode());
        }
    }

    /**
     * Tells of a checkpoint that the registry keeps.
     *
     * @param epoch epochs done
     * @param step steps done
     * @throws StatusRuntimeException when training-service does not take it
     */
    public void reportCheckpoint(UploadedFile file, int epoch, long step) {
        var _ = service.withDeadlineAfter(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                .reportCheckpoint(ReportCheckpointRequest.newBuilder()
                        .setAttempt(attempt)
                        .setCheckpoint(AssignmentProtoMapper.checkpoint(file.sha256(), file.sizeBytes(), epoch, step))
                        .build());
    }

    /**
     * Reports a trained model, whose files are uploaded.
     *
     * @param rejection why the version must not be served; empty if it may
     */
    public void reportTrained(
            List<UploadedFile> files, List<String> classLabels, Map<String, Double> metrics, String rejection) {
        report(outcome().setTrained(AssignmentProtoMapper.trained(files, classLabels, metrics, rejection)));
    }

    /** Reports a failure. */
    public void reportFailure(FailureReport failure) {
        report(outcome()
                .setFailure(
                        Failure.newBuilder().setCause(cause(failure.cause())).setMessage(failure.message())));
    }

    private static Failure.Cause cause(FailureReport.Cause cause) {
        return switch (cause) {
            case JOB -> Failure.Cause.CAUSE_JOB;
            case PLATFORM -> Failure.Cause.CAUSE_PLATFORM;
            case MEMORY -> Failure.Cause.CAUSE_OUT_OF_MEMORY;
        };
    }

    /** Reports that the run stopped because the lease said so. */
    public void reportCancelled() {
        report(outcome().setCancelled(Cancelled.getDefaultInstance()));
    }

    /** The attempt gave its place to another job. */
    public void reportYielded() {
        report(outcome().setYielded(Yielded.getDefaultInstance()));
    }

    private ReportOutcomeRequest.Builder outcome() {
        return ReportOutcomeRequest.newBuilder().setAttempt(attempt);
    }

    /** Tries until it is told, or the lease ends the process: an outcome is too dear to be lost to a restart. */
    private void report(ReportOutcomeRequest.Builder outcome) {
        ReportOutcomeRequest request = outcome.build();
        while (true) {
            try {
                channel.resetConnectBackoff();
                service.withDeadlineAfter(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                        .reportOutcome(request);
                return;
            } catch (StatusRuntimeException e) {
                if (!isTransient(e.getStatus())) {
                    throw e;
                }
                WorkerLog.write("cannot report the outcome yet: %s", e.getMessage());
            }
        }
    }

    private static boolean isTransient(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    }

    /** There is no assignment, hence no hold on the job and nobody to report to. */
    public static final class UnassignedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnassignedException(StatusRuntimeException cause) {
            super("no assignment: " + cause.getMessage(), cause);
        }
    }

    /** An assignment and the hold on it. */
    public record Held(Assignment assignment, Lease lease) {}
}
