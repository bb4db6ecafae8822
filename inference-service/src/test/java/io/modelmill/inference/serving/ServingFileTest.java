package io.modelmill.inference.serving;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.modelmill.inference.model.ServingSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServingFileTest {
    @TempDir
    Path directory;

    @Test
    void readsEveryField() throws IOException {
        ServingFile file = ServingFile.read(Files.writeString(directory.resolve("serving.json"), """
                {"batching": {"maxBatchSize": 32, "maxQueueDelayMicros": 500, "preferredSizes": [8, 16]},
                 "padding": {"axis": 2, "buckets": [16, 32], "inputs": {"input_ids": 1, "scale": 0.5},
                             "outputs": ["last_hidden_state"]},
                 "instances": 2, "memoryHintBytes": 1000000, "classLabels": ["a", "b"],
                 "pipeline": {"tokenizer": "text/tokenizer.json", "maxTokens": 128, "output": "tokens",
                              "pooling": "CLS", "normalize": false}}"""));

        assertThat(file)
                .isEqualTo(new ServingFile(
                        new ServingSpec(
                                new ServingSpec.Batching(OptionalInt.of(32), Duration.ofNanos(500_000), List.of(8, 16)),
                                Optional.of(new ServingSpec.Padding(
                                        2,
                                        List.of(16, 32),
                                        Map.of("input_ids", 1.0, "scale", 0.5),
                                        List.of("last_hidden_state"))),
                                Optional.of(new ServingSpec.Pipeline(
                                        "text/tokenizer.json", 128, "tokens", ServingSpec.Pooling.CLS, false)),
                                OptionalInt.of(2),
                                OptionalLong.of(1_000_000)),
                        List.of("a", "b")));
    }

    @Test
    void leavesOpenWhatItDoesNotSay() {
        assertThat(read("{}")).isEqualTo(ServingFile.EMPTY);
        assertThat(read("{\"memoryHintBytes\": 0, \"batching\": {}, \"classLabels\": []}"))
                .isEqualTo(ServingFile.EMPTY);
        assertThat(read("{\"pipeline\": {}}").spec().pipeline())
                .contains(new ServingSpec.Pipeline(
                        "tokenizer.json", 256, "last_hidden_state", ServingSpec.Pooling.MEAN, true));
        assertThat(read("{\"pipeline\": {\"pooling\": \"NONE\", \"output\": \"probabilities\"}}")
                        .spec()
                        .pipeline())
                .contains(new ServingSpec.Pipeline(
                        "tokenizer.json", 256, "probabilities", ServingSpec.Pooling.NONE, false));
        assertThat(read("{\"padding\": {\"buckets\": [8], \"inputs\": {\"x\": 0}}}")
                        .spec()
                        .padding())
                .contains(new ServingSpec.Padding(1, List.of(8), Map.of("x", 0.0), List.of()));
    }

    @Test
    void isOverriddenByWhatTheRegistrySays() {
        ServingSpec file =
                read("{\"batching\": {\"maxBatchSize\": 32, \"maxQueueDelayMicros\": 7, \"preferredSizes\": [4, 8, 16]},"
                                + " \"instances\": 2, \"memoryHintBytes\": 10, \"pipeline\": {}}")
                        .spec();
        ServingSpec registry = new ServingSpec(
                new ServingSpec.Batching(OptionalInt.of(8), Duration.ZERO, List.of()),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.of(20));

        assertThat(file.overriddenBy(ServingSpec.DEFAULT)).isEqualTo(file);
        assertThat(ServingSpec.DEFAULT.overriddenBy(file)).isEqualTo(file);
        assertThat(file.overriddenBy(registry))
                .isEqualTo(new ServingSpec(
                        new ServingSpec.Batching(OptionalInt.of(8), Duration.ofNanos(7_000), List.of(4, 8)),
                        Optional.empty(),
                        file.pipeline(),
                        OptionalInt.of(2),
                        OptionalLong.of(20)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"instance": 1}                                 | instance: 1 (expected: no such field, but one of [batching, classLabels, instances, memoryHintBytes, padding, pipeline])
            {"batching": {"maxbatchsize": 1}}               | batching.maxbatchsize: 1 (expected: no such field, but one of [maxBatchSize, maxQueueDelayMicros, preferredSizes])
            {"padding": {"buckets": [1], "inputs": {"x": 0}, "axes": 1}} | padding.axes: 1 (expected: no such field, but one of [axis, buckets, inputs, outputs])
            {"pipeline": {"pool": "MEAN"}}                  | pipeline.pool: "MEAN" (expected: no such field, but one of [maxTokens, normalize, output, pooling, tokenizer])
            []                                              | the file: [] (expected: an object)
            "text"                                          | the file: "text" (expected: an object)
            {"batching": 1}                                 | batching: 1 (expected: an object)
            {"batching": null}                              | batching: null (expected: an object)
            {"batching": {"maxBatchSize": 0}}               | batching.maxBatchSize: 0 (expected: a whole number from 1 to 65536)
            {"batching": {"maxBatchSize": 65537}}           | batching.maxBatchSize: 65537 (expected: a whole number from 1 to 65536)
            {"batching": {"maxBatchSize": 1.5}}             | batching.maxBatchSize: 1.5 (expected: a whole number from 1 to 65536)
            {"batching": {"maxBatchSize": "8"}}             | batching.maxBatchSize: "8" (expected: a whole number from 1 to 65536)
            {"batching": {"maxBatchSize": 99999999999999999999}} | batching.maxBatchSize: 99999999999999999999 (expected: a whole number from 1 to 65536)
            {"batching": {"maxQueueDelayMicros": -1}}       | batching.maxQueueDelayMicros: -1 (expected: a whole number from 0 to 10000000)
            {"batching": {"preferredSizes": 8}}             | batching.preferredSizes: 8 (expected: at most 64 whole numbers from 1 to 65536, each higher than the last)
            {"batching": {"preferredSizes": [8, 8]}}        | batching.preferredSizes[1]: 8 (expected: at most 64 whole numbers from 1 to 65536, each higher than the last)
            {"batching": {"maxBatchSize": 4, "preferredSizes": [8]}} | batching.preferredSizes[0]: 8 (expected: at most 64 whole numbers from 1 to 4, each higher than the last)
            {"batching": {"preferredSizes": ["8"]}}         | batching.preferredSizes[0]: "8" (expected: at most 64 whole numbers from 1 to 65536, each higher than the last)
            {"padding": {}}                                 | padding.buckets: "[]" (expected: at least one length)
            {"padding": {"buckets": [1], "inputs": {}}}     | padding.inputs: "{}" (expected: a value for each input that has the axis)
            {"padding": {"buckets": [1], "inputs": {"x": "0"}}} | padding.inputs.x: "0" (expected: a number)
            {"padding": {"buckets": [1], "inputs": ["x"]}}  | padding.inputs: ["x"] (expected: an object of numbers)
            {"padding": {"buckets": [0], "inputs": {"x": 0}}} | padding.buckets[0]: 0 (expected: at most 256 whole numbers from 1 to 1048576, each higher than the last)
            {"padding": {"axis": 0, "buckets": [1], "inputs": {"x": 0}}} | padding.axis: 0 (expected: a whole number from 1 to 15)
            {"padding": {"buckets": [1], "inputs": {"x": 0}, "outputs": [""]}} | padding.outputs[0]: "" (expected: a text)
            {"instances": 0}                                | instances: 0 (expected: a whole number from 1 to 64)
            {"memoryHintBytes": -1}                         | memoryHintBytes: -1 (expected: a whole number from 0 to 9223372036854775807)
            {"classLabels": "a"}                            | classLabels: "a" (expected: at most 1000000 texts)
            {"classLabels": ["a", 1]}                       | classLabels[1]: 1 (expected: a text)
            {"pipeline": {"tokenizer": "../tokenizer.json"}} | pipeline.tokenizer: "../tokenizer.json" (expected: the path of one of the version's files)
            {"pipeline": {"tokenizer": 1}}                  | pipeline.tokenizer: 1 (expected: a text)
            {"pipeline": {"maxTokens": 2}}                  | pipeline.maxTokens: 2 (expected: a whole number from 3 to 65536)
            {"pipeline": {"output": ""}}                    | pipeline.output: "" (expected: a text)
            {"pipeline": {"pooling": "mean"}}               | pipeline.pooling: "mean" (expected: one of [MEAN, CLS, NONE])
            {"pipeline": {"pooling": 1}}                    | pipeline.pooling: 1 (expected: one of [MEAN, CLS, NONE])
            {"pipeline": {"pooling": "NONE"}}               | pipeline.output: "none" (expected: one of the graph's outputs, for pooling NONE)
            {"pipeline": {"pooling": "NONE", "output": "y", "normalize": true}} | pipeline.normalize: true (expected: false, for pooling NONE)
            {"pipeline": {"normalize": "yes"}}              | pipeline.normalize: "yes" (expected: true or false)
            """)
    void refusesWhatIsWrong(String json, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(json))
                .satisfies(refused -> assertThat(refused.getMessage()).contains("serving.json: " + message));
    }

    @Test
    void tellsEveryMistake() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{\"instances\": 0, \"pipeline\": {\"maxTokens\": 1}}"))
                .withMessage("serving.json: pipeline.maxTokens: 1 (expected: a whole number from 3 to 65536);"
                        + " serving.json: instances: 0 (expected: a whole number from 1 to 64)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{} {}", "{\"instances\": 1, \"instances\": 2}", "{'instances': 1}", "\u0000"})
    void refusesWhatIsNoJson(String json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(json))
                .satisfies(refused -> assertThat(refused.getMessage()).startsWith("serving.json: "));
    }

    @Test
    void refusesAFileThatIsTooLarge() throws IOException {
        Path file = directory.resolve("serving.json");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength((16 << 20) + 1);
        }

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServingFile.read(file))
                .withMessage("serving.json: 16777217 bytes (expected: at most 16777216)");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> ServingFile.read(directory.resolve("away.json")));
    }

    private static ServingFile read(String json) {
        return ServingFile.read(json.getBytes(UTF_8));
    }
}
