package io.modelmill.inference.protocol;

import io.modelmill.inference.batching.BatchLimits;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.placement.Placements;
import io.modelmill.inference.placement.SessionLease;
import io.modelmill.inference.session.Device;
import io.modelmill.proto.inference.DataType;
import io.modelmill.proto.inference.ModelConfig;
import io.modelmill.proto.inference.ModelConfigRequest;
import io.modelmill.proto.inference.ModelConfigResponse;
import io.modelmill.proto.inference.ModelDynamicBatching;
import io.modelmill.proto.inference.ModelInput;
import io.modelmill.proto.inference.ModelInstanceGroup;
import io.modelmill.proto.inference.ModelInstanceGroup.Kind;
import io.modelmill.proto.inference.ModelOutput;
import io.modelmill.proto.inference.ModelTransactionPolicy;
import io.modelmill.proto.inference.ModelVersionPolicy;
import io.opentelemetry.api.trace.Span;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The protocol's extension model_configuration: how a version is served, which is known once it is loaded. */
final class ModelConfigGrpcService {
    /** As ServerMetadata names it. */
    static final String EXTENSION = "model_configuration";

    private static final String BACKEND = "onnxruntime";

    private final CalledModels models;
    private final Placements placements;
    private final Device device;

    ModelConfigGrpcService(CalledModels models, Placements placements, Device device) {
        this.models = models;
        this.placements = placements;
        this.device = device;
    }

    /** Completes when the version is loaded. */
    CompletableFuture<ModelConfigResponse> answer(ModelConfigRequest request) {
        ServedModel model = models.require(request.getName(), "name");
        return placements
                .acquire(
                        model.key(),
                        VersionChoice.of(request.getVersion()),
                        Span.current().getSpanContext())
                .thenApply(lease -> {
                    try (SessionLease held = lease) {
                        return ModelConfigResponse.newBuilder()
                                .setConfig(config(request.getName(), held))
                                .build();
                    }
                });
    }

    private ModelConfig config(String name, SessionLease lease) {
        Signature signature = lease.signature();
        BatchLimits limits = lease.batcher().limits();
        // The protocol's 0 is our 1: each request runs alone, and its axis of rows is one like the others.
        int maxBatchSize = limits.maxRows() > 1 ? limits.maxRows() : 0;
        ModelConfig.Builder config = ModelConfig.newBuilder()
                .setName(name)
                .setPlatform(InferenceGrpcService.PLATFORM)
                .setBackend(BACKEND)
                .setVersionPolicy(ModelVersionPolicy.newBuilder().setAll(ModelVersionPolicy.All.getDefaultInstance()))
                .setMaxBatchSize(maxBatchSize)
                .addInstanceGroup(ModelInstanceGroup.newBuilder()
                        .setName(name)
                        .setKind(device == Device.CPU ? Kind.KIND_CPU : Kind.KIND_GPU)
                        .setCount(lease.session().concurrency()))
                .setModelTransactionPolicy(ModelTransactionPolicy.getDefaultInstance());
        if (maxBatchSize > 0) {
            config.setDynamicBatching(ModelDynamicBatching.newBuilder()
                    .addAllPreferredBatchSize(limits.preferredRows())
                    .setMaxQueueDelayMicroseconds(TimeUnit.NANOSECONDS.toMicros(limits.delayNanos())));
        }
        for (TensorSpec input : signature.inputs()) {
            config.addInput(ModelInput.newBuilder()
                    .setName(input.name())
                    .setDataType(dataType(input.datatype()))
                    .addAllDims(dims(input, maxBatchSize)));
        }
        for (TensorSpec output : signature.outputs()) {
            config.addOutput(ModelOutput.newBuilder()
                    .setName(output.name())
                    .setDataType(dataType(output.datatype()))
                    .addAllDims(dims(output, maxBatchSize)));
        }
        return config.build();
    }

    private static List<Long> dims(TensorSpec spec, int maxBatchSize) {
        return maxBatchSize > 0 && !spec.shape().isEmpty()
                ? spec.shape().subList(1, spec.shape().size())
                : spec.shape();
    }

    private static DataType dataType(Datatype datatype) {
        return switch (datatype) {
            case BOOL -> DataType.TYPE_BOOL;
            case INT8 -> DataType.TYPE_INT8;
            case INT16 -> DataType.TYPE_INT16;
            case INT32 -> DataType.TYPE_INT32;
            case INT64 -> DataType.TYPE_INT64;
            case UINT8 -> DataType.TYPE_UINT8;
            case UINT16 -> DataType.TYPE_UINT16;
            case UINT32 -> DataType.TYPE_UINT32;
            case UINT64 -> DataType.TYPE_UINT64;
            case FP16 -> DataType.TYPE_FP16;
            case BF16 -> DataType.TYPE_BF16;
            case FP32 -> DataType.TYPE_FP32;
            case FP64 -> DataType.TYPE_FP64;
            case BYTES -> DataType.TYPE_STRING;
            case OTHER -> DataType.TYPE_INVALID;
        };
    }
}
