package io.modelmill.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.Lineage;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.training.v1.DataSpec;
import io.modelmill.proto.training.v1.Quantization;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.proto.training.worker.v1.Failure;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.worker.fixture.FakeFleet;
import io.modelmill.worker.fixture.TrainingSpecs;
import io.modelmill.worker.fixture.WorkerProcess;
import io.modelmill.worker.process.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged worker makes a quantised version of one that it trained, over real connections. */
class QuantizationIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PARENT = "tenants/acme/models/example/versions/1";
    private static final String DATASET = "tenants/acme/datasets/rows/versions/1";

    @TempDir
    Path folder;

    @Test
    void quantisesDigitsAndReportsParentAndChild() throws Exception {
        byte[] digits = Files.readAllBytes(Path.of("../examples/digits/digits.csv"));
        try (var trains = new FakeFleet(TrainingSpecs.digits(15), digits);
                var quantises = new FakeFleet(quantization(0.02), digits)) {
            Trained parent = outcome(trains, "trains").getTrained();
            quantises.registry.artifacts.putAll(trains.registry.artifacts);
            quantises.training.source = Optional.of(version(parent));
            Trained child = outcome(quantises, "quantises").getTrained();

            assertThat(child.getRejection()).isEmpty();
            assertThat(child.getClassLabelsList()).isEqualTo(parent.getClassLabelsList());
            assertThat(child.getMetricsOrThrow("parent_test_accuracy"))
                    .as("on the rows that the parent's job held out")
                    .isEqualTo(parent.getMetricsOrThrow("test_accuracy"));
            assertThat(child.getMetricsOrThrow("test_accuracy"))
                    .isGreaterThan(parent.getMetricsOrThrow("test_accuracy") - 0.02);
            assertThat(child.getMetricsOrThrow("size_bytes"))
                    .isEqualTo(file(child, "model.onnx").getSizeBytes())
                    .isLessThan(child.getMetricsOrThrow("parent_size_bytes"));
            assertThat(file(child, "model.onnx").getKind()).isEqualTo(FileKind.FILE_KIND_ONNX_MODEL);
            assertThat(file(child, "held-out-rows.json").getSha256())
                    .isEqualTo(file(parent, "held-out-rows.json").getSha256());
            assertThat(child.getFilesList())
                    .extracting(ModelFile::getPath)
                    .containsExactlyInAnyOrder(
                            "model.onnx", "held-out-rows.json", "samples.json", "model-card.json", "model-card.md");
            for (ModelFile file : child.getFilesList()) {
                assertThat(Objects.requireNonNull(
                                quantises.registry.artifacts.get(FakeFleet.TENANT + "/artifacts/" + file.getSha256())))
                        .hasSize((int) file.getSizeBytes());
            }
        }
    }

    @Test
    void blamesTheJobForRowsThatTheParentDoesNotTake() throws Exception {
        try (var trains = new FakeFleet(TrainingSpecs.flowers(2), TrainingSpecs.flowerRows());
                var quantises = new FakeFleet(quantization(0.02), TrainingSpecs.flowerRows())) {
            Trained parent = outcome(trains, "trains").getTrained();
            quantises.registry.artifacts.putAll(trains.registry.artifacts);
            quantises.training.source = Optional.of(version(parent));
            Failure failure = outcome(quantises, "quantises").getFailure();

            assertThat(failure.getCause()).isEqualTo(Failure.Cause.CAUSE_JOB);
            assertThat(failure.getMessage()).contains("digit");
        }
    }

    private static TrainingSpec quantization(double tolerance) {
        return TrainingSpec.newBuilder()
                .setModel("tenants/acme/models/example")
                .setDatasetVersion(DATASET)
                .setTask("quantization")
                .setData(DataSpec.newBuilder().setLabelColumn("digit"))
                .setQuantization(
                        Quantization.newBuilder().setParentVersion(PARENT).setTolerance(tolerance))
                .setSeed(1)
                .build();
    }

    private static ModelVersion version(Trained trained) {
        return ModelVersion.newBuilder()
                .setName(PARENT)
                .addAllFiles(trained.getFilesList())
                .addAllClassLabels(trained.getClassLabelsList())
                .setLineage(Lineage.newBuilder().setDatasetVersion(DATASET))
                .build();
    }

    private static ModelFile file(Trained trained, String path) {
        return trained.getFilesList().stream()
                .filter(file -> file.getPath().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private ReportOutcomeRequest outcome(FakeFleet fleet, String name) throws IOException, InterruptedException {
        Path own = Files.createDirectory(folder.resolve(name));
        try (var worker = WorkerProcess.start(fleet.environment(own.resolve("work")), own)) {
            assertThat(worker.exitCode(PATIENCE)).as(worker.log()).isEqualTo(ExitCode.OUTCOME_REPORTED.code());
        }
        return fleet.training.outcome.join();
    }
}
