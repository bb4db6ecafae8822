package io.modelmill.inference.protocol;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelNames;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.placement.Placements;
import io.modelmill.inference.placement.Replica;
import io.modelmill.inference.placement.SessionLease;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.SessionRuns;
import io.modelmill.inference.session.Termination;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelMetadataResponse;
import io.modelmill.proto.inference.ModelMetadataResponse.TensorMetadata;
import io.modelmill.proto.inference.ModelReadyRequest;
import io.modelmill.proto.inference.ModelReadyResponse;
import io.modelmill.proto.inference.ServerLiveRequest;
import io.modelmill.proto.inference.ServerLiveResponse;
import io.modelmill.proto.inference.ServerMetadataRequest;
import io.modelmill.proto.inference.ServerMetadataResponse;
import io.modelmill.proto.inference.ServerReadyRequest;
import io.modelmill.proto.inference.ServerReadyResponse;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import io.modelmill.servicekit.security.Caller;
import io.opentelemetry.api.trace.Tracer;
import io.quarkus.grpc.GrpcService;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The Open Inference Protocol. Methods run on the event loop and never block: a prediction is read and checked there, and
 * handed over to a run thread, which answers it.
 */
@GrpcService
class InferenceGrpcService extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private static final String PLATFORM = "onnxruntime_onnx";
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Replica replica;
    private final Placements placements;
    private final ModelNames names;
    private final SessionRuns runs;
    private final MeterRegistry meters;
    private final Tracer tracer;
    private final String version;

    InferenceGrpcService(
            Replica replica,
            SessionRuns runs,
            MeterRegistry meters,
            Tracer tracer,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.replica = replica;
        this.placements = replica.placements();
        this.names = new ModelNames(placements::find);
        this.runs = runs;
        this.meters = meters;
        this.tracer = tracer;
        this.version = version;
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> response) {
        answer(response, () -> ServerLiveResponse.newBuilder().setLive(true).build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> response) {
        answer(
                response,
                () -> ServerReadyResponse.newBuilder()
                        .setReady(replica.isReady())
                        .build());
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> response) {
        answer(
                response,
                () -> ServerMetadataResponse.newBuilder()
                        .setName("modelmill")
                        .setVersion(version)
                        .addExtensions(InferRequestCodec.CLASSIFICATION)
                        .build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> response) {
        answer(response, () -> {
            ServedModel model = require(request.getName(), "name");
            VersionChoice choice = VersionChoice.of(request.getVersion());
            placements.require(model.key(), choice);
            return ModelReadyResponse.newBuilder()
                    .setReady(placements.isReady(model.key(), choice))
                    .build();
        });
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> response) {
        answer(response, () -> {
            ServedModel model = require(request.getName(), "name");
            ServedVersion answering = placements.require(model.key(), VersionChoice.of(request.getVersion()));
            return ModelMetadataResponse.newBuilder()
                    .setName(request.getName())
                    .addAllVersions(
                            model.numbers().stream().map(String::valueOf).toList())
                    .setPlatform(PLATFORM)
                    .addAllInputs(metadata(answering.signature().inputs()))
                    .addAllOutputs(metadata(answering.signature().outputs()))
                    .build();
        });
    }

    private static List<TensorMetadata> metadata(List<TensorSpec> specs) {
        return specs.stream()
                .map(spec -> TensorMetadata.newBuilder()
                        .setName(spec.name())
                        .setDatatype(spec.datatype().name())
                        .addAllShape(spec.shape())
                        .build())
                .toList();
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> response) {
        if (response instanceof ServerCallStreamObserver<ModelInferResponse> call) {
            // Without a handler, answering a caller that has gone would throw and be logged as a failure of ours.
            call.setOnCancelHandler(() -> {});
        }
        Prediction<ModelInferResponse> prediction = new Prediction<>(response, meters, tracer);
        try {
            ServedModel model = require(request.getModelName(), "model_name");
            VersionChoice choice = VersionChoice.of(request.getModelVersion());
            var _ = placements
                    .acquire(model.key(), choice, prediction.spanContext())
                    .whenComplete((lease, failure) -> {
                        if (failure != null) {
                            prediction.refuse(failure);
                        } else {
                            prediction.queue(runs, lease, () -> prepared(request, lease));
                        }
                    });
        } catch (RuntimeException failure) {
            prediction.refuse(failure);
        }
    }

    private static Callable<ModelInferResponse> prepared(ModelInferRequest request, SessionLease lease) {
        InferenceInput input = InferRequestCodec.read(request, lease.version().signature());
        return () -> {
            try (RunResult result = lease.session()
                    .run(SessionRuns.currentThread(), input.inputs(), input.outputNames(), new Termination())) {
                return InferResponseCodec.write(request, lease.version(), input, result.outputs());
            }
        };
    }

    private ServedModel require(String name, String field) {
        if (!replica.isInformed()) {
            throw new ServiceException(
                    InferenceReason.REPLICA_NOT_READY,
                    "this replica does not know the models yet",
                    List.of(),
                    Optional.of(RETRY_AFTER));
        }
        return names.require(Caller.current(), name, field);
    }

    private static <T> void answer(StreamObserver<T> response, Supplier<T> work) {
        T message;
        try {
            message = work.get();
        } catch (RuntimeException failure) {
            response.onError(StatusMapper.toStatus(failure));
            return;
        }
        response.onNext(message);
        response.onCompleted();
    }
}
