package io.modelmill.benchmarks.rollout;

import com.google.protobuf.util.Durations;
import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.fleet.client.RegistryClient;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.GetModelVersionRequest;
import io.modelmill.proto.registry.v1.GetRolloutRequest;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.Rollout;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Who publishes a model, moves its alias and asks how far that is. Thread-safe. */
final class RolloutClient {
    private static final Duration CALL = Duration.ofSeconds(30);
    private static final Duration READY = Duration.ofMinutes(2);

    private final Channel channel;
    private final String model;

    private RolloutClient(Channel channel, String model) {
        this.channel = channel;
        this.model = model;
    }

    /** Publishes the model with two READY versions, each with an alias of its own, so that both stay loaded. */
    static RolloutClient publish(Channel channel, String tenant, BenchModel graph) throws StatusException {
        RegistryClient registry = new RegistryClient(channel, tenant);
        RolloutClient client = new RolloutClient(channel, registry.createModel(graph.name(), ""));
        String digest = registry.upload(graph.graph());
        for (int version = 1; version <= 2; version++) {
            client.publish(digest, "kept-" + version);
        }
        return client;
    }

    private void publish(String digest, String alias) throws StatusException {
        String name = models(CALL)
                .createModelVersion(CreateModelVersionRequest.newBuilder()
                        .setParent(model)
                        .setModelVersion(ModelVersion.newBuilder()
                                .addFiles(ModelFile.newBuilder()
                                        .setPath("model.onnx")
                                        .setKind(FileKind.FILE_KIND_ONNX_MODEL)
                                        .setSha256(digest)))
                        .addAliases(alias)
                        .build())
                .getName();
        Optional<ModelVersion.State> ended = Poll.until(READY, () -> state(name));
        if (!ended.equals(Optional.of(ModelVersion.State.STATE_READY))) {
            throw new FleetException(name + " is " + ended + " (expected: READY within " + READY.toSeconds() + " s)");
        }
    }

    /** Empty while it is validated. */
    private Optional<ModelVersion.State> state(String name) {
        try {
            return Optional.of(models(CALL)
                            .getModelVersion(GetModelVersionRequest.newBuilder()
                                    .setName(name)
                                    .build())
                            .getState())
                    .filter(state ->
                            state == ModelVersion.State.STATE_READY || state == ModelVersion.State.STATE_REJECTED);
        } catch (StatusException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Moves `production`; answers the model's revision. */
    long move(long version) throws StatusException {
        return models(CALL)
                .updateAlias(UpdateAliasRequest.newBuilder()
                        .setAlias(Alias.newBuilder()
                                .setName(model + "/aliases/production")
                                .setVersion(model + "/versions/" + version))
                        .build())
                .getRevision();
    }

    /** Waits for the end of a revision's rollout; answers the state that was told, without its prefix. */
    String awaitRollout(long revision, Duration wait) throws StatusException {
        Rollout rollout = models(wait.plus(CALL))
                .getRollout(GetRolloutRequest.newBuilder()
                        .setName(model + "/rollout")
                        .setRevision(revision)
                        .setWait(Durations.fromMillis(wait.toMillis()))
                        .build());
        return rollout.getState().name().replace("STATE_", "");
    }

    private ModelServiceGrpc.ModelServiceBlockingV2Stub models(Duration deadline) {
        return ModelServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }
}
