package io.modelmill.training.run;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.training.worker.v1.Assignment;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.Lease;
import io.modelmill.proto.training.worker.v1.RenewLeaseRequest;
import io.modelmill.proto.training.worker.v1.ReportCheckpointRequest;
import io.modelmill.proto.training.worker.v1.ReportCheckpointResponse;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.ReportOutcomeResponse;
import io.modelmill.proto.training.worker.v1.ReportProgressRequest;
import io.modelmill.proto.training.worker.v1.ReportProgressResponse;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.TrainingJobProtoMapper;
import io.modelmill.training.job.TrainingReason;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import io.quarkus.grpc.GrpcService;
import java.util.Optional;

/** What workers say. A worker's token names its job, and only that job's current attempt is heard. */
@GrpcService
class WorkerGrpcService extends WorkerServiceGrpc.WorkerServiceImplBase {
    private final GrpcCalls calls;
    private final Attempts attempts;
    private final RegistryClient registry;
    private final WorkerTokens tokens;

    WorkerGrpcService(GrpcCalls calls, Attempts attempts, RegistryClient registry, WorkerTokens tokens) {
        this.calls = calls;
        this.attempts = attempts;
        this.registry = registry;
        this.tokens = tokens;
    }

    @Override
    public void getAssignment(GetAssignmentRequest request, StreamObserver<Assignment> response) {
        calls.answer(response, () -> {
            Attempts.Ref ref = ref(request.getAttempt());
            Job job = attempts.job(ref);
            Optional<DatasetVersion> rows = registry.rows(job.spec().datasetVersion());
            if (rows.isEmpty()) {
                throw gone(ref, "the data-set version is gone: \"" + job.spec().datasetVersion() + "\"");
            }
            if (!RegistryClient.mayBeTrainedOn(rows.get())) {
                throw gone(
                        ref, "the data-set version is deleted: \"" + job.spec().datasetVersion() + "\"");
            }
            Optional<ModelVersion> source = source(ref, job);
            Attempts.Hold hold = attempts.take(ref);
            Assignment.Builder assignment = Assignment.newBuilder()
                    .setSpec(TrainingSpecProtoMapper.message(job.spec()))
                    .setDatasetVersion(rows.get())
                    .setLease(WorkerProtoMapper.lease(hold, tokens.sign(ref.job())));
            source.ifPresent(assignment::setSourceVersion);
            job.checkpoint().map(TrainingJobProtoMapper::checkpoint).ifPresent(assignment::setCheckpoint);
            return assignment.build();
        });
    }

    /** The version that the job derives from, if it does; the job fails if that may no longer be called. */
    private Optional<ModelVersion> source(Attempts.Ref ref, Job job) {
        Optional<String> name = job.spec().sourceVersion();
        Optional<ModelVersion> source = name.flatMap(registry::source);
        if (name.isPresent() && source.isEmpty()) {
            throw gone(ref, "the version is not READY any more: \"" + name.get() + "\"");
        }
        return source;
    }

    private ServiceException gone(Attempts.Ref ref, String reason) {
        attempts.end(ref, new Happening.JobFault(reason));
        return new ServiceException(TrainingReason.STALE_ATTEMPT, reason);
    }

    @Override
    public void renewLease(RenewLeaseRequest request, StreamObserver<Lease> response) {
        calls.answer(response, () -> {
            Attempts.Ref ref = ref(request.getAttempt());
            return WorkerProtoMapper.lease(attempts.renew(ref), tokens.sign(ref.job()));
        });
    }

    @Override
    public void reportProgress(ReportProgressRequest request, StreamObserver<ReportProgressResponse> response) {
        calls.answer(response, () -> {
            Attempts.Ref ref = ref(request.getAttempt());
            int epochs = attempts.job(ref).spec().epochs();
            attempts.progress(ref, WorkerProtoMapper.progress(request.getProgressList(), epochs));
            return ReportProgressResponse.getDefaultInstance();
        });
    }

    @Override
    public void reportCheckpoint(ReportCheckpointRequest request, StreamObserver<ReportCheckpointResponse> response) {
        calls.answer(response, () -> {
            Attempts.Ref ref = ref(request.getAttempt());
            int epochs = attempts.job(ref).spec().epochs();
            attempts.checkpoint(ref, WorkerProtoMapper.checkpoint(request.getCheckpoint(), epochs));
            return ReportCheckpointResponse.getDefaultInstance();
        });
    }

    @Override
    public void reportOutcome(ReportOutcomeRequest request, StreamObserver<ReportOutcomeResponse> response) {
        calls.answer(response, () -> {
            attempts.end(ref(request.getAttempt()), WorkerProtoMapper.outcome(request));
            return ReportOutcomeResponse.getDefaultInstance();
        });
    }

    /** Who speaks, if the token is that job's worker's. Of other jobs a worker learns nothing. */
    private static Attempts.Ref ref(AttemptRef attempt) {
        JobName name = JobName.parse(attempt.getJob(), "attempt.job");
        Caller caller = Caller.current();
        caller.require(Role.WORKER);
        if (!caller.subject().equals(attempt.getJob())) {
            throw ServiceException.notFound(attempt.getJob());
        }
        return new Attempts.Ref(name, attempt.getFencingToken());
    }
}
