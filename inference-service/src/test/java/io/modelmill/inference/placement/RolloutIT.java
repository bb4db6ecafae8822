package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.proto.registry.v1.AliasRollout;
import io.modelmill.proto.registry.v1.AliasRollout.State;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ReplicaModel;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** What the application's own replica tells the registry. */
@QuarkusTest
@RealBroker
class RolloutIT {
    @Inject
    FakeRegistry registry;

    @Inject
    @ConfigProperty(name = "modelmill.replica.name")
    String replica;

    @Test
    void tellsWhatAnAliasAnswersWithUnderTheNameThatWasSet() {
        TestModel model = new TestModel(registry, "told", "moved")
                .scaling(1, 1)
                .scaling(2, 2)
                .alias("production", 1)
                .alias("canary", 2)
                .publish();
        await(
                model,
                told -> alias(told, "production").equals(serving("production", 1))
                        && alias(told, "canary").equals(serving("canary", 2)));

        model.alias("production", 2).withoutAlias("canary").publish();

        ReplicaModel moved = await(model, told -> told.getAppliedRevision() == model.revision());
        assertThat(moved.getAliasesList()).containsExactly(serving("production", 2));
    }

    @Test
    void tellsWhyALoadFailedAndWhatAnswersMeanwhile() {
        TestModel model = new TestModel(registry, "told", "broken")
                .scaling(1, 1)
                .alias("production", 1)
                .publish();
        await(model, told -> alias(told, "production").equals(serving("production", 1)));
        ModelFile file =
                model.file("model.onnx", FileKind.FILE_KIND_ONNX_MODEL, "not a graph".getBytes(StandardCharsets.UTF_8));
        model.version(2, file, TestModel.scalingSignature())
                .alias("production", 2)
                .publish();

        AliasRollout failed =
                alias(await(model, told -> alias(told, "production").getState() == State.STATE_FAILED), "production");

        assertThat(failed.getVersion()).isEqualTo(2);
        assertThat(failed.getReason()).isNotEmpty();
        assertThat(failed.getAnsweringVersion()).as("the old one goes on").isEqualTo(1);

        model.alias("production", 1).publish();
        await(model, told -> alias(told, "production").equals(serving("production", 1)));
    }

    @Test
    void tellsThatAWithdrawnTargetIsRefused() {
        TestModel model = new TestModel(registry, "told", "revoked")
                .scaling(1, 1)
                .alias("production", 1)
                .publish();
        await(model, told -> alias(told, "production").equals(serving("production", 1)));

        model.revoked(1, "trained on the wrong rows").publish();

        AliasRollout withdrawn = alias(
                await(model, told -> alias(told, "production").getState() == State.STATE_WITHDRAWN), "production");
        assertThat(withdrawn.getReason()).contains("trained on the wrong rows");
        assertThat(withdrawn.getAnsweringVersion()).isZero();
    }

    @Test
    void tellsThatAModelIsGone() {
        TestModel model = new TestModel(registry, "told", "gone")
                .scaling(1, 1)
                .alias("production", 1)
                .publish();
        await(model, told -> alias(told, "production").equals(serving("production", 1)));

        registry.forget(model.name());
        registry.sendRaw(model.name(), null);

        Eventually.until("it is gone", () -> told(model).isEmpty());
    }

    private ReplicaModel await(TestModel model, Predicate<ReplicaModel> condition) {
        Eventually.until(
                model.name() + " is told as expected",
                () -> told(model).filter(condition).isPresent());
        return told(model).orElseThrow();
    }

    private Optional<ReplicaModel> told(TestModel model) {
        return Optional.ofNullable(
                registry.reported().getOrDefault(replica, Map.of()).get(model.name()));
    }

    private static AliasRollout alias(ReplicaModel model, String id) {
        return model.getAliasesList().stream()
                .filter(alias -> alias.getAlias().equals(id))
                .findFirst()
                .orElse(AliasRollout.getDefaultInstance());
    }

    private static AliasRollout serving(String alias, long version) {
        return AliasRollout.newBuilder()
                .setAlias(alias)
                .setVersion(version)
                .setState(State.STATE_SERVING)
                .setAnsweringVersion(version)
                .build();
    }
}
