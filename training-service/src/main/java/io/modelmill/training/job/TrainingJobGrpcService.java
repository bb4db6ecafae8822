package io.modelmill.training.job;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.training.v1.CancelTrainingJobRequest;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.GetTrainingJobRequest;
import io.modelmill.proto.training.v1.ListMetricPointsRequest;
import io.modelmill.proto.training.v1.ListMetricPointsResponse;
import io.modelmill.proto.training.v1.ListTrainingJobsRequest;
import io.modelmill.proto.training.v1.ListTrainingJobsResponse;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.v1.WatchTrainingJobRequest;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import io.quarkus.grpc.GrpcService;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The API of jobs. */
@GrpcService
class TrainingJobGrpcService extends TrainingJobServiceGrpc.TrainingJobServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");

    private final GrpcCalls calls;
    private final TrainingJobs jobs;
    private final JobWatch watch;
    private final QueueStandings standings;
    private final JobMetrics metrics;

    TrainingJobGrpcService(
            GrpcCalls calls, TrainingJobs jobs, JobWatch watch, JobMetrics metrics, QueueStandings standings) {
        this.calls = calls;
        this.jobs = jobs;
        this.watch = watch;
        this.standings = standings;
        this.metrics = metrics;
    }

    @Override
    public void createTrainingJob(CreateTrainingJobRequest request, StreamObserver<TrainingJob> response) {
        calls.answer(response, () -> {
            TrainingJobs.Submission submission = new TrainingJobs.Submission(
                    tenant(request.getParent()),
                    request.getTrainingJobId(),
                    request.getRequestId(),
                    TrainingSpecProtoMapper.spec(request.getTrainingJob().getSpec()),
                    request.getTrainingJob().getScheduling().getResourceClass(),
                    TrainingJobProtoMapper.scheduling(request.getTrainingJob().getScheduling()));
            return request.getValidateOnly()
                    ? TrainingJobProtoMapper.checked(jobs.check(submission), submission)
                    : shown(jobs.create(submission));
        });
    }

    @Override
    public void getTrainingJob(GetTrainingJobRequest request, StreamObserver<TrainingJob> response) {
        calls.answer(response, () -> shown(jobs.get(name(request.getName(), "name"))));
    }

    @Override
    public void listTrainingJobs(ListTrainingJobsRequest request, StreamObserver<ListTrainingJobsResponse> response) {
        calls.answer(response, () -> {
            String tenant = tenant(request.getParent());
            Page<Job> page = jobs.list(tenant, PageRequest.of(request.getPageSize(), request.getPageToken()));
            Map<Long, QueueStanding> places = standings.of(tenant, page.items());
            return ListTrainingJobsResponse.newBuilder()
                    .addAllTrainingJobs(page.items().stream()
                            .map(job -> TrainingJobProtoMapper.job(job, Optional.ofNullable(places.get(job.key()))))
                            .toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void cancelTrainingJob(CancelTrainingJobRequest request, StreamObserver<TrainingJob> response) {
        calls.answer(response, () -> shown(jobs.cancel(name(request.getName(), "name"))));
    }

    @Override
    public void watchTrainingJob(
            WatchTrainingJobRequest request, StreamObserver<io.modelmill.proto.training.v1.JobEvent> response) {
        // gRPC takes handlers only before this method returns, hence a gate that the watch opens later.
        var call = (ServerCallStreamObserver<io.modelmill.proto.training.v1.JobEvent>) response;
        WatchGate gate = new WatchGate();
        call.setOnReadyHandler(gate::wake);
        calls.run(response, () -> {
            JobName name = name(request.getName(), "name");
            if (request.getAfterSequence() < 0) {
                throw Violations.of("after_sequence", request.getAfterSequence(), ">= 0");
            }
            jobs.get(name);
            Context.CancellationListener onCancel = context -> gate.wake();
            Context.current().addListener(onCancel, Runnable::run);
            try (JobSignals.Subscription subscription = watch.open(name)) {
                gate.opens(subscription);
                watch.follow(
                        name,
                        request.getAfterSequence(),
                        subscription,
                        call::isReady,
                        event -> call.onNext(TrainingJobProtoMapper.event(event)));
            } finally {
                Context.current().removeListener(onCancel);
            }
            if (!call.isCancelled()) {
                call.onCompleted();
            }
        });
    }

    @Override
    public void listMetricPoints(ListMetricPointsRequest request, StreamObserver<ListMetricPointsResponse> response) {
        calls.answer(response, () -> {
            Page<MetricPoint> page = metrics.list(
                    name(request.getParent(), "parent"),
                    request.getAfterStep(),
                    PageRequest.of(request.getPageSize(), request.getPageToken()));
            return ListMetricPointsResponse.newBuilder()
                    .addAllMetricPoints(page.items().stream()
                            .map(TrainingJobProtoMapper::metricPoint)
                            .toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    private TrainingJob shown(Job job) {
        return TrainingJobProtoMapper.job(
                job,
                Optional.ofNullable(
                        standings.of(job.name().tenant(), List.of(job)).get(job.key())));
    }

    private static String tenant(String parent) {
        String tenant = TENANT.parse(parent, "parent").getFirst();
        Caller.current().requireTenant(tenant, parent, Role.TENANT);
        return tenant;
    }

    private static JobName name(String text, String field) {
        JobName name = JobName.parse(text, field);
        Caller.current().requireTenant(name.tenant(), text, Role.TENANT);
        return name;
    }
}
