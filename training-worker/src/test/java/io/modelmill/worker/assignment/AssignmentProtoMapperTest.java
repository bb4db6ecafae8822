package io.modelmill.worker.assignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.DatasetFormat;
import io.modelmill.proto.registry.v1.Column;
import io.modelmill.proto.registry.v1.DatasetFile;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.training.v1.Checkpoint;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.worker.v1.Assignment;
import io.modelmill.worker.assignment.Assignment.RemoteFile;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.fixture.TrainingSpecs;
import io.modelmill.worker.train.TrainingProgress;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssignmentProtoMapperTest {
    @Test
    void readsFilesFormatAndTextColumns() {
        var assignment = AssignmentProtoMapper.assignment(Assignment.newBuilder()
                .setSpec(TrainingSpecs.digits(1))
                .setDatasetVersion(DatasetVersion.newBuilder()
                        .setName("rows")
                        .setFormat(DatasetVersion.Format.FORMAT_IDX)
                        .addFiles(DatasetFile.newBuilder().setPath("a.gz").setSha256("1"))
                        .addFiles(DatasetFile.newBuilder().setPath("b.gz").setSha256("2"))
                        .addColumns(Column.newBuilder().setName("t").setType(Column.Type.TYPE_TEXT))
                        .addColumns(Column.newBuilder().setName("n").setType(Column.Type.TYPE_NUMBER)))
                .setCheckpoint(Checkpoint.newBuilder().setSha256("3").setStep(7))
                .setSourceVersion(ModelVersion.newBuilder()
                        .setName("teacher")
                        .addFiles(ModelFile.newBuilder().setPath("card").setKind(FileKind.FILE_KIND_OTHER))
                        .addFiles(ModelFile.newBuilder()
                                .setPath("g.onnx")
                                .setSha256("4")
                                .setKind(FileKind.FILE_KIND_ONNX_MODEL))
                        .addClassLabels("x"))
                .build());
        assertThat(assignment.dataset().format()).isEqualTo(DatasetFormat.IDX);
        assertThat(assignment.dataset().files())
                .containsExactly(new RemoteFile("a.gz", "1"), new RemoteFile("b.gz", "2"));
        assertThat(assignment.dataset().texts()).containsExactly("t");
        assertThat(assignment.checkpoint().orElseThrow().sha256()).isEqualTo("3");
        assertThat(assignment.source().orElseThrow().graph()).isEqualTo(new RemoteFile("g.onnx", "4"));
        assertThat(assignment.source().orElseThrow().files()).hasSize(2);
        assertThat(assignment.source().orElseThrow().classLabels()).containsExactly("x");
    }

    @Test
    void aDataSetOfOneFileNeedsNoList() {
        var assignment = AssignmentProtoMapper.assignment(Assignment.newBuilder()
                .setSpec(TrainingSpecs.digits(1))
                .setDatasetVersion(DatasetVersion.newBuilder().setSha256("1"))
                .build());
        assertThat(assignment.dataset().format()).isEqualTo(DatasetFormat.CSV);
        assertThat(assignment.dataset().files()).containsExactly(new RemoteFile("dataset", "1"));
        assertThat(assignment.checkpoint()).isEmpty();
        assertThat(assignment.source()).isEmpty();
    }

    @Test
    void refusesAFormatOfTomorrow() {
        assertThatThrownBy(() -> AssignmentProtoMapper.assignment(Assignment.newBuilder()
                        .setDatasetVersion(DatasetVersion.newBuilder().setFormatValue(99))
                        .build()))
                .isInstanceOf(PlatformFailedException.class)
                .hasMessageContaining("a format that this worker does not know");
    }

    @Test
    void tellsFiniteMeasuresOnly() {
        Progress progress = AssignmentProtoMapper.progress(new TrainingProgress(
                1,
                2,
                3,
                6,
                Duration.ofMillis(1500),
                Map.of("loss", 0.5, "validation_perplexity", Double.POSITIVE_INFINITY, "validation_loss", Double.NaN)));
        assertThat(progress.getMetricsMap()).isEqualTo(Map.of("loss", 0.5));
        assertThat(progress.getStep()).isEqualTo(3);
        assertThat(progress.getSteps()).isEqualTo(6);
        assertThat(progress.getRemaining().getSeconds()).isEqualTo(1);
        assertThat(progress.getRemaining().getNanos()).isEqualTo(500_000_000);
    }
}
