package io.modelmill.registry.validation.graph;

import static io.modelmill.registry.validation.graph.Graphs.entry;
import static io.modelmill.registry.validation.graph.Graphs.external;
import static io.modelmill.registry.validation.graph.Graphs.graph;
import static io.modelmill.registry.validation.graph.Graphs.model;
import static io.modelmill.registry.validation.graph.Graphs.node;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A graph in the folder {@code onnx}, with 30 bytes in {@code onnx/weights/layer.bin} and other files beside it. */
class ExternalDataTest {
    private static final GraphLimits LIMITS = new GraphLimits(1 << 20, 100, 3, 4, 1 << 16, Set.of());
    private static final Map<String, Long> DATA = Map.of("onnx/weights/layer.bin", 30L);

    @TempDir
    private Path folder;

    @Test
    void takesWhatLiesWithinAListedFile() throws Exception {
        check(external(Map.of("location", "weights/layer.bin")));
        check(external(Map.of("location", "weights/layer.bin", "offset", "6", "length", "24", "checksum", "any")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../secret.bin",
                "weights/../../x",
                "weights/..",
                "./weights/layer.bin",
                "weights//layer.bin",
                "weights\\layer.bin",
                "weights/layer.bin\0",
                "*/_ORT_MEM_ADDR_/*",
                "file:///etc/passwd"
            })
    void refusesPathsThatAreNoneOfAVersions(String location) {
        assertThatThrownBy(() -> check(external(Map.of("location", location))))
                .isInstanceOf(ModelFault.class)
                .hasMessage("tensor \"w\": external_data.location " + Quotes.quote(location)
                        + " (expected: a relative path of letters, digits, \".\", \"_\", \"-\" and \"/\", no segment empty,"
                        + " \".\" or \"..\")");
    }

    @Test
    void refusesFilesThatAreNotThereOrOfAnotherKind() {
        refuses(
                external(Map.of("location", "layer.bin")),
                "tensor \"w\": external_data.location \"layer.bin\": the version has no file \"onnx/layer.bin\" (expected:"
                        + " one of [onnx/weights/layer.bin])");
        refuses(
                external(Map.of("location", "card.md")),
                "tensor \"w\": external_data.location \"card.md\": file \"onnx/card.md\" is of another kind (expected:"
                        + " EXTERNAL_DATA)");
        refuses(
                external(Map.of("location", "model.onnx")),
                "tensor \"w\": external_data.location \"model.onnx\": file \"onnx/model.onnx\" is of another kind"
                        + " (expected: EXTERNAL_DATA)");
    }

    @Test
    void refusesFilesThatNoTensorLiesIn() {
        assertThatThrownBy(() -> check(
                        external(Map.of("location", "weights/layer.bin")),
                        Map.of("onnx/weights/layer.bin", 30L, "onnx/more.bin", 1L)))
                .isInstanceOf(ModelFault.class)
                .hasMessage("file \"onnx/more.bin\": of kind EXTERNAL_DATA, but no tensor lies in it (expected: one of"
                        + " [onnx/weights/layer.bin])");
    }

    @Test
    void refusesWhatReachesBeyondTheFile() {
        String location = "weights/layer.bin";
        refuses(
                external(Map.of("location", location, "offset", "7")),
                "tensor \"w\": 24 bytes from 7 of file \"onnx/weights/layer.bin\" (expected: within its 30 bytes)");
        refuses(
                external(Map.of("location", location, "offset", "999999999999999999")),
                "tensor \"w\": 24 bytes from 999999999999999999 of file \"onnx/weights/layer.bin\" (expected: within its 30"
                        + " bytes)");
        refuses(
                external(Map.of("location", location, "length", "23")),
                "tensor \"w\": external_data.length 23 (expected: 24, which its dims claim)");
        for (String wrong : List.of("-1", "1e3", "9999999999999999999", " 1")) {
            refuses(
                    external(Map.of("location", location, "offset", wrong)),
                    "tensor \"w\": external_data.offset \"" + wrong + "\" (expected: a number of bytes from 0)");
        }
    }

    @Test
    void refusesReferencesThatReadersTakeInMoreThanOneWay() {
        refuses(
                external(Map.of()),
                "tensor \"w\": external_data without a location (expected: a file's relative path)");
        refuses(
                external(Map.of("location", "weights/layer.bin")).addExternalData(entry("location", "/etc/passwd")),
                "tensor \"w\": external_data.location twice (expected: once)");
        refuses(
                external(Map.of("location", "weights/layer.bin", "prepacked_0", "key|0;24;")),
                "tensor \"w\": external_data.\"prepacked_0\" (expected: one of [location, offset, length, checksum])");
        refuses(
                Graphs.tensor(DataType.STRING, 1)
                        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                        .addExternalData(entry("location", "weights/layer.bin")),
                "tensor \"w\": texts in external data (expected: in string_data)");
    }

    private void refuses(TensorProto.Builder tensor, String reason) {
        assertThatThrownBy(() -> check(tensor)).isInstanceOf(ModelFault.class).hasMessage(reason);
    }

    private void check(TensorProto.Builder tensor) throws IOException, ModelFault {
        check(tensor, DATA);
    }

    private void check(TensorProto.Builder tensor, Map<String, Long> data) throws IOException, ModelFault {
        byte[] model =
                model(graph(node("", "Relu")).addInitializer(tensor)).build().toByteArray();
        Files.createDirectories(folder.resolve("onnx"));
        Files.write(folder.resolve("onnx/model.onnx"), model);
        GraphReader.check(folder, new GraphFiles("onnx/model.onnx", data, List.of("onnx/card.md")), LIMITS);
    }
}
