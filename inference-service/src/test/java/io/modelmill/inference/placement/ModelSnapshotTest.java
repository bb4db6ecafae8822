package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Grant;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.model.VersionFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSnapshotTest {
    @TempDir
    Path directory;

    @Test
    void readsWhatItWrote() {
        List<ServedModel> models = List.of(
                model("one", new Grant.OwnerOnly()),
                model("two", new Grant.Everyone()),
                model("three", new Grant.Named(Set.of("friend", "partner"))));

        new ModelSnapshot(directory).write(models);

        assertThat(new ModelSnapshot(directory).read()).contains(models);
    }

    @Test
    void hasNothingBeforeTheFirstWrite() {
        assertThat(new ModelSnapshot(directory).read()).isEmpty();
    }

    @Test
    void doesNotTakeADamagedFile() throws IOException {
        new ModelSnapshot(directory).write(List.of(model("one", new Grant.OwnerOnly())));
        Path file = directory.resolve("serving-states");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1]++;
        Files.write(file, bytes);

        assertThat(new ModelSnapshot(directory).read()).isEmpty();
    }

    @Test
    void doesNotTakeAFileThatIsCutShort() throws IOException {
        Files.write(directory.resolve("serving-states"), new byte[5]);

        assertThat(new ModelSnapshot(directory).read()).isEmpty();
    }

    private static ServedModel model(String id, Grant grant) {
        ServedVersion version = new ServedVersion(
                3,
                List.of(
                        new VersionFile("model.onnx", true, "a".repeat(64), 10),
                        new VersionFile("w/data.bin", false, "b".repeat(64), 20)),
                new Signature(
                        List.of(new TensorSpec("x", Datatype.FP32, List.of(-1L, 4L))),
                        List.of(new TensorSpec("y", Datatype.BYTES, List.of()))),
                List.of("cat", "dog"),
                new ServingSpec(
                        new ServingSpec.Batching(OptionalInt.of(8), Duration.ZERO, List.of()),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.of(2),
                        OptionalLong.of(1_000)),
                0);
        return ServedModel.of(new ModelKey("acme", id), 7, grant, List.of(version), Map.of("production", 3L));
    }
}
