package io.modelmill.inference.protocol;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.pipeline.TextPipeline;
import io.modelmill.inference.placement.Placements;
import io.modelmill.inference.placement.Replica;
import io.modelmill.inference.placement.SessionLease;
import io.modelmill.inference.serving.ServingFile;
import io.modelmill.inference.session.SessionConfig;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelConfigRequest;
import io.modelmill.proto.inference.ModelConfigResponse;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelMetadataResponse;
import io.modelmill.proto.inference.ModelMetadataResponse.TensorMetadata;
import io.modelmill.proto.inference.ModelReadyRequest;
import io.modelmill.proto.inference.ModelReadyResponse;
import io.modelmill.proto.inference.ModelStatisticsRequest;
import io.modelmill.proto.inference.ModelStatisticsResponse;
import io.modelmill.proto.inference.ModelStreamInferResponse;
import io.modelmill.proto.inference.RepositoryIndexRequest;
import io.modelmill.proto.inference.RepositoryIndexResponse;
import io.modelmill.proto.inference.RepositoryModelLoadRequest;
import io.modelmill.proto.inference.RepositoryModelLoadResponse;
import io.modelmill.proto.inference.RepositoryModelUnloadRequest;
import io.modelmill.proto.inference.RepositoryModelUnloadResponse;
import io.modelmill.proto.inference.ServerLiveRequest;
import io.modelmill.proto.inference.ServerLiveResponse;
import io.modelmill.proto.inference.ServerMetadataRequest;
import io.modelmill.proto.inference.ServerMetadataResponse;
import io.modelmill.proto.inference.ServerReadyRequest;
import io.modelmill.proto.inference.ServerReadyResponse;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The Open Inference Protocol. Methods run on the event loop and never block: a prediction is read and checked there, and
 * handed over to a run thread, which answers it.
 */
@Singleton
class InferenceGrpcService implements GrpcApi, GRPCInferenceServiceGrpc.AsyncService {
    static final String PLATFORM = "onnxruntime_onnx";

    private final Replica replica;
    private final Placements placements;
    private final CalledModels models;
    private final ModelConfigGrpcService configs;
    private final StatisticsGrpcService statistics;
    private final RepositoryGrpcService repository;
    private final Admission admission;
    private final MeterRegistry meters;
    private final Tracer tracer;
    private final String version;

    InferenceGrpcService(
            Replica replica,
            SessionConfig sessions,
            Admission admission,
            MeterRegistry meters,
            Tracer tracer,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.replica = replica;
        this.placements = replica.placements();
        this.models = new CalledModels(replica);
        this.configs = new ModelConfigGrpcService(models, placements, sessions.device());
        this.statistics = new StatisticsGrpcService(models, placements);
        this.repository = new RepositoryGrpcService(models, placements);
        this.admission = admission;
        this.meters = meters;
        this.tracer = tracer;
        this.version = version;
    }

    @Override
    public ServerServiceDefinition definition() {
        MethodDescriptor<ModelInferRequest, ModelInferResponse> infer = GRPCInferenceServiceGrpc.getModelInferMethod();
        MethodDescriptor<ModelInferRequest, ModelStreamInferResponse> stream =
                GRPCInferenceServiceGrpc.getModelStreamInferMethod();
        WireMarshaller<ModelInferRequest> requests =
                new WireMarshaller<>(ModelInferRequest.parser(), WireCost.INFER_REQUEST);
        return WireMethods.replace(
                WireMethods.replace(
                        GRPCInferenceServiceGrpc.bindService(this),
                        ServerMethodDefinition.create(
                                infer.toBuilder(requests, infer.getResponseMarshaller())
                                        .build(),
                                new WireCallHandler<>(admission, this::infer))),
                ServerMethodDefinition.create(
                        stream.toBuilder(requests, stream.getResponseMarshaller())
                                .build(),
                        new StreamInferGrpcService(admission, this::infer)));
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> response) {
        UnaryAnswer.now(
                response,
                () -> ServerLiveResponse.newBuilder().setLive(replica.isLive()).build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> response) {
        UnaryAnswer.now(
                response,
                () -> ServerReadyResponse.newBuilder()
                        .setReady(replica.isReady())
                        .build());
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> response) {
        UnaryAnswer.now(
                response,
                () -> ServerMetadataResponse.newBuilder()
                        .setName("modelmill")
                        .setVersion(version)
                        .addExtensions(InferRequestCodec.CLASSIFICATION)
                        .addExtensions(ModelConfigGrpcService.EXTENSION)
                        .addExtensions(StatisticsGrpcService.EXTENSION)
                        .addExtensions(RepositoryGrpcService.EXTENSION)
                        .build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> response) {
        UnaryAnswer.now(response, () -> {
            ServedModel model = models.require(request.getName(), "name");
            VersionChoice choice = VersionChoice.of(request.getVersion());
            placements.requireThere(model.key(), choice);
            return ModelReadyResponse.newBuilder()
                    .setReady(placements.isReady(model.key(), choice))
                    .build();
        });
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> response) {
        UnaryAnswer.later(response, () -> {
            ServedModel model = models.require(request.getName(), "name");
            VersionChoice choice = VersionChoice.of(request.getVersion());
            ServedVersion answering = placements.require(model.key(), choice);
            if (answering.signature().isRead()
                    && !answering.files().stream().anyMatch(file -> file.path().equals(ServingFile.NAME))) {
                return CompletableFuture.completedFuture(metadata(request, model, answering.signature()));
            }
            // Nobody announced the signature, or there may be a pipeline around the graph: only the loaded version
            // knows.
            return placements
                    .acquire(model.key(), choice, Span.current().getSpanContext())
                    .thenApply(lease -> {
                        try (SessionLease held = lease) {
                            return metadata(request, model, held.signature());
                        }
                    });
        });
    }

    private static ModelMetadataResponse metadata(
            ModelMetadataRequest request, ServedModel model, Signature signature) {
        return ModelMetadataResponse.newBuilder()
                .setName(request.getName())
                .addAllVersions(model.numbers().stream().map(String::valueOf).toList())
                .setPlatform(PLATFORM)
                .addAllInputs(metadata(signature.inputs()))
                .addAllOutputs(metadata(signature.outputs()))
                .build();
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> response) {
        UnaryAnswer.later(response, () -> configs.answer(request));
    }

    @Override
    public void modelStatistics(ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> response) {
        UnaryAnswer.now(response, () -> statistics.answer(request));
    }

    @Override
    public void repositoryIndex(RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> response) {
        UnaryAnswer.now(response, () -> repository.index(request));
    }

    @Override
    public void repositoryModelLoad(
            RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> response) {
        UnaryAnswer.later(response, () -> repository.load(request));
    }

    @Override
    public void repositoryModelUnload(
            RepositoryModelUnloadRequest request, StreamObserver<RepositoryModelUnloadResponse> response) {
        UnaryAnswer.now(response, () -> repository.unload(request));
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

    private static InferenceInput read(ModelInferRequest request, WireMessage<?> wire, SessionLease lease) {
        wire.expand(InferRequestCodec.textHeap(request));
        TextPipeline pipeline = lease.pipeline().orElse(null);
        return pipeline != null && pipeline.takes(inputNames(request))
                ? InferRequestCodec.readText(request, pipeline.signature())
                : InferRequestCodec.read(request, lease.version().signature());
    }

    private static List<String> inputNames(ModelInferRequest request) {
        return request.getInputsList().stream()
                .map(ModelInferRequest.InferInputTensor::getName)
                .toList();
    }

    private void infer(WireMessage<ModelInferRequest> wire, Reply<ModelInferResponse> call) {
        Prediction<ModelInferResponse> prediction = new Prediction<>(call, wire, meters, tracer);
        try {
            ModelInferRequest request = wire.message();
            ServedModel model = models.require(request.getModelName(), "model_name");
            VersionChoice choice = VersionChoice.of(request.getModelVersion());
            var _ = placements
                    .acquire(model.key(), choice, prediction.spanContext())
                    .whenComplete((lease, failure) -> {
                        if (failure != null) {
                            prediction.refuse(failure);
                        } else {
                            prediction.queue(
                                    lease,
                                    () -> read(request, wire, lease).within(wire),
                                    (input, outputs) ->
                                            InferResponseCodec.write(request, lease.version(), input, outputs));
                        }
                    });
        } catch (RuntimeException failure) {
            prediction.refuse(failure);
        }
    }
}
