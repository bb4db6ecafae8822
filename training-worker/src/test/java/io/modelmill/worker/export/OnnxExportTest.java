package io.modelmill.worker.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.fixture.Datasets;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.MemoryData;
import io.modelmill.worker.fixture.Training;
import io.modelmill.worker.model.Model;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class OnnxExportTest {
    private static final MemoryData DATA = Datasets.corners(3000);

    @Test
    void answersAsTheTrainerOnManyRows() {
        try (PointerScope scope = new PointerScope()) {
            Model model = model(1);
            assertThat(OnnxExport.check(model.export(), model, DATA.training(), 8))
                    .isLessThan(1e-5);
        }
    }

    @Test
    void refusesAModelThatAnswersOtherwise() {
        try (PointerScope scope = new PointerScope()) {
            byte[] graph = model(1).export();
            Model other = model(2);
            assertThatThrownBy(() -> OnnxExport.check(graph, other, DATA.training(), 8))
                    .isInstanceOf(PlatformFailedException.class)
                    .hasMessageMatching(
                            "the exported model differs from the trained network by [0-9.E-]+ \\(expected: at most 1.0E-4\\) on 1024 rows");
        }
    }

    @Test
    void refusesAModelThatAnswersNoNumber() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            Model broken = model(1);
            broken.network().parameters().getFirst().fill_(new Scalar(Double.NaN));
            byte[] graph = broken.export();
            Model sound = model(1);
            assertThatThrownBy(() -> OnnxExport.check(graph, sound, DATA.heldOut(), 8))
                    .isInstanceOf(PlatformFailedException.class)
                    .hasMessageContaining("NaN");
        }
    }

    /** What is far from 0 may differ by as much more. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 2})
    void toleratesADifferenceInProportion(double share) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            var job = Jobs.of(Layers.dense(1)).loss("huber").spec();
            Model model = new Training(job, Datasets.plane(40)).model;
            model.network().parameters().getLast().fill_(new Scalar(1000.0));
            byte[] graph = model.export();
            model.network().parameters().getLast().add_(new Scalar(share * OnnxExport.TOLERANCE * 1000));
            if (share < 1) {
                assertThat(OnnxExport.check(graph, model, Datasets.plane(40).training(), 8))
                        .isGreaterThan(OnnxExport.TOLERANCE);
            } else {
                assertThatThrownBy(() -> OnnxExport.check(
                                graph, model, Datasets.plane(40).training(), 8))
                        .isInstanceOf(PlatformFailedException.class);
            }
        }
    }

    @Test
    void writesSamplesWithTheTrainersAnswers() {
        try (PointerScope scope = new PointerScope()) {
            String samples = new String(OnnxExport.samples(model(1), DATA.heldOut()), StandardCharsets.UTF_8);
            assertThat(samples)
                    .contains(
                            "\"name\": \"features\"",
                            "\"shape\": [16, 4]",
                            "\"name\": \"probabilities\"",
                            "\"shape\": [16, 3]");
        }
    }

    private static Model model(long seed) {
        var layers = List.of(Layers.dense(8, "gelu"), Layers.dropout(0.5), Layers.layer("dense"));
        return new Training(
                        Jobs.of(layers.toArray(io.modelmill.trainingspec.network.LayerSpec[]::new))
                                .seed(seed)
                                .spec(),
                        DATA)
                .model;
    }
}
