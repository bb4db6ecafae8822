package io.modelmill.benchmarks.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.Input;
import io.modelmill.benchmarks.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GraphRunsTest {
    private static final double ONE_RUN = 1e-9;

    @TempDir
    Path directory;

    static Stream<BenchModel> models() {
        return Stream.of(
                BenchModels.mlp(),
                BenchModels.small(),
                BenchModels.wide(),
                BenchModels.pooledImage(),
                BenchModels.resNet18());
    }

    @ParameterizedTest
    @MethodSource("models")
    void runsEveryModelIntoMemoryGivenBeforehand(BenchModel model) throws Exception {
        RunOutcome outcome = new GraphRuns().run(order(model, 2));

        assertThat(outcome.pinned()).isTrue();
        assertThat(outcome.runsPerSecond()).isPositive();
        assertThat(outcome.medianNanos()).isPositive().isLessThanOrEqualTo(outcome.tailNanos());
    }

    @Test
    void addsAndRemovesWholeVersions() throws IOException {
        Files.createDirectory(directory.resolve("models"));
        ModelFolder folder = new ModelFolder(directory.resolve("models"));
        folder.add(BenchModels.small(), 1, "{\"batching\":{\"maxBatchSize\":1}}");
        folder.add(BenchModels.small(), 2);

        assertThat(folder.graph("mlp-1kb", 1)).isRegularFile();
        assertThat(folder.graph("mlp-1kb", 1).resolveSibling("serving.json"))
                .content()
                .contains("maxBatchSize");
        assertThat(folder.graph("mlp-1kb", 2).resolveSibling("serving.json")).doesNotExist();

        folder.remove("mlp-1kb", 1);
        assertThat(folder.graph("mlp-1kb", 1).getParent()).doesNotExist();
        assertThat(directory).isDirectoryNotContaining(file -> !file.endsWith("models"));
    }

    private RunOrder order(BenchModel model, int rows) throws IOException {
        Path graph = Files.write(directory.resolve("model.onnx"), model.graph());
        List<RunOrder.Fed> inputs = new ArrayList<>();
        for (Input input : model.inputs()) {
            Path raw = Files.write(directory.resolve(input.name()), input.raw());
            inputs.add(new RunOrder.Fed(input.name(), input.datatype(), input.shape(), raw.toString()));
        }
        return new RunOrder(graph.toString(), inputs, rows, 0, ONE_RUN);
    }
}
