package io.modelmill.benchmarks.mutants;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.fleet.client.RegistryClient;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.GetModelVersionRequest;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Sends mutants to a registry as a tenant would. */
final class MutantClient {
    private static final int DEADLINE_SECONDS = 60;

    private final Channel channel;
    private final RegistryClient registry;

    /** @param channel with a credential of the tenant */
    MutantClient(Channel channel, String tenant) {
        this.channel = channel;
        this.registry = new RegistryClient(channel, tenant);
    }

    /** Makes a model; answers its name. */
    String createModel(String id) throws StatusException {
        return registry.createModel(id, "");
    }

    /** Uploads all files and makes a version of them; answers its name. */
    String send(String model, Mutant mutant) throws StatusException {
        ModelVersion.Builder version = ModelVersion.newBuilder();
        version.addFiles(file(mutant.path(), FileKind.FILE_KIND_ONNX_MODEL, mutant.graph()));
        for (Map.Entry<String, byte[]> data : mutant.externalData().entrySet()) {
            version.addFiles(file(data.getKey(), FileKind.FILE_KIND_EXTERNAL_DATA, data.getValue()));
        }
        return models().createModelVersion(CreateModelVersionRequest.newBuilder()
                        .setParent(model)
                        .setModelVersion(version)
                        .build())
                .getName();
    }

    private ModelFile.Builder file(String path, FileKind kind, byte[] bytes) throws StatusException {
        return ModelFile.newBuilder().setPath(path).setKind(kind).setSha256(registry.upload(bytes));
    }

    /** What became of a version; empty as long as it is not decided. */
    Optional<Verdict> look(String version) throws StatusException {
        ModelVersion read = models().getModelVersion(
                        GetModelVersionRequest.newBuilder().setName(version).build());
        return switch (read.getState()) {
            case STATE_READY -> Optional.of(new Verdict(Verdict.State.READY, ""));
            case STATE_REJECTED -> Optional.of(new Verdict(Verdict.State.REJECTED, read.getStateReason()));
            default -> Optional.empty();
        };
    }

    private ModelServiceGrpc.ModelServiceBlockingV2Stub models() {
        return ModelServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
}
