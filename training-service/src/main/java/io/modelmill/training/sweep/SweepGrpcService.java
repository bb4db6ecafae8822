package io.modelmill.training.sweep;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.training.v1.CancelSweepRequest;
import io.modelmill.proto.training.v1.CreateSweepRequest;
import io.modelmill.proto.training.v1.GetSweepRequest;
import io.modelmill.proto.training.v1.ListSweepsRequest;
import io.modelmill.proto.training.v1.ListSweepsResponse;
import io.modelmill.proto.training.v1.ListTrialsRequest;
import io.modelmill.proto.training.v1.ListTrialsResponse;
import io.modelmill.proto.training.v1.SweepServiceGrpc;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.modelmill.trainingspec.fault.Faults;
import io.quarkus.grpc.GrpcService;

/** The API of sweeps. */
@GrpcService
class SweepGrpcService extends SweepServiceGrpc.SweepServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");

    private final GrpcCalls calls;
    private final Sweeps sweeps;

    SweepGrpcService(GrpcCalls calls, Sweeps sweeps) {
        this.calls = calls;
        this.sweeps = sweeps;
    }

    @Override
    public void createSweep(CreateSweepRequest request, StreamObserver<io.modelmill.proto.training.v1.Sweep> response) {
        calls.answer(response, () -> {
            String tenant = tenant(request.getParent());
            Faults faults = Faults.ofSpec();
            SweepDefinition definition = SweepProtoMapper.definition(request.getSweep(), faults);
            return SweepProtoMapper.sweep(
                    sweeps.create(tenant, request.getSweepId(), request.getRequestId(), definition, faults));
        });
    }

    @Override
    public void getSweep(GetSweepRequest request, StreamObserver<io.modelmill.proto.training.v1.Sweep> response) {
        calls.answer(response, () -> SweepProtoMapper.sweep(sweeps.get(name(request.getName(), "name"))));
    }

    @Override
    public void listSweeps(ListSweepsRequest request, StreamObserver<ListSweepsResponse> response) {
        calls.answer(response, () -> {
            Page<Sweeps.View> page = sweeps.list(
                    tenant(request.getParent()), PageRequest.of(request.getPageSize(), request.getPageToken()));
            return ListSweepsResponse.newBuilder()
                    .addAllSweeps(
                            page.items().stream().map(SweepProtoMapper::sweep).toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void listTrials(ListTrialsRequest request, StreamObserver<ListTrialsResponse> response) {
        calls.answer(response, () -> {
            Sweep sweep = sweeps.find(name(request.getParent(), "parent"));
            Page<Trial> page = sweeps.trials(sweep, PageRequest.of(request.getPageSize(), request.getPageToken()));
            return ListTrialsResponse.newBuilder()
                    .addAllTrials(page.items().stream()
                            .map(trial -> SweepProtoMapper.trial(sweep, trial))
                            .toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void cancelSweep(CancelSweepRequest request, StreamObserver<io.modelmill.proto.training.v1.Sweep> response) {
        calls.answer(response, () -> SweepProtoMapper.sweep(sweeps.cancel(name(request.getName(), "name"))));
    }

    private static String tenant(String parent) {
        String tenant = TENANT.parse(parent, "parent").getFirst();
        Caller.current().requireTenant(tenant, parent, Role.TENANT);
        return tenant;
    }

    private static SweepName name(String text, String field) {
        SweepName name = SweepName.parse(text, field);
        Caller.current().requireTenant(name.tenant(), text, Role.TENANT);
        return name;
    }
}
