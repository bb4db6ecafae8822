package io.modelmill.registry.validation.graph;

import static io.modelmill.registry.validation.graph.Graphs.function;
import static io.modelmill.registry.validation.graph.Graphs.graph;
import static io.modelmill.registry.validation.graph.Graphs.holding;
import static io.modelmill.registry.validation.graph.Graphs.model;
import static io.modelmill.registry.validation.graph.Graphs.node;
import static io.modelmill.registry.validation.graph.Graphs.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import io.modelmill.registry.fixture.OnnxModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphReaderTest {
    private static final GraphLimits LIMITS = new GraphLimits(1 << 20, 100, 3, 4, 1 << 16, Set.of("com.acme"));

    private static final int OPERATOR_SET_BYTES = 4;

    @TempDir
    private Path folder;

    @Test
    void takesWhatAnOrdinaryModelHolds() throws Exception {
        accepts(ModelProto.parseFrom(OnnxModels.classifier(4, 3)).toBuilder());
        accepts(ModelProto.parseFrom(OnnxModels.hungry(1 << 30)).toBuilder());
        accepts(model(graph(holding(graph(holding(graph(node("", "Relu"))))))));
    }

    @Test
    void refusesFilesThatAreNoModel() throws Exception {
        assertThatThrownBy(() -> check(new byte[0]))
                .isInstanceOf(ModelFault.class)
                .hasMessage("file \"model.onnx\": 0 bytes (expected: 1 to 1048576)");
        assertThatThrownBy(() -> check(new byte[(1 << 20) + 1]))
                .isInstanceOf(ModelFault.class)
                .hasMessage("file \"model.onnx\": 1048577 bytes (expected: 1 to 1048576)");
        assertThatThrownBy(() -> check("a line of text".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ModelFault.class)
                .hasMessageMatching(
                        "file \"model.onnx\": cannot be read near byte \\d+ of 14 \\(expected: an ONNX model\\)");
        assertThatThrownBy(() ->
                        check(ModelProto.newBuilder().setIrVersion(8).build().toByteArray()))
                .isInstanceOf(ModelFault.class)
                .hasMessage("the model has no graph (expected: one)");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("model.onnx"));
            zip.write(OnnxModels.classifier(4, 3));
        }
        assertThatThrownBy(() -> check(bytes.toByteArray()))
                .isInstanceOf(ModelFault.class)
                .hasMessageContaining("(expected: an ONNX model)");
    }

    @Test
    void refusesModelsThatWereCutOffAnywhere() throws Exception {
        byte[] whole = OnnxModels.classifier(4, 3);
        // Behind the graph there is the operator set alone, and a model may well end between the two.
        for (int length = 20; length < whole.length - OPERATOR_SET_BYTES; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> check(cut)).as("%s bytes", length).isInstanceOf(ModelFault.class);
        }
    }

    @Test
    void refusesFilesOfTheRuntimesOwnFormat() throws Exception {
        Files.write(folder.resolve("model.ORT"), OnnxModels.classifier(4, 3));

        assertThatThrownBy(() -> GraphReader.check(folder, new GraphFiles("model.ORT", Map.of(), List.of()), LIMITS))
                .isInstanceOf(ModelFault.class)
                .hasMessageStartingWith("file \"model.ORT\": named as a file of ONNX Runtime's own format");
    }

    @Test
    void refusesGraphsWithTooManyNodes() {
        GraphProto.Builder inner = graph();
        for (int count = 0; count < 100; count++) {
            inner.addNode(node("", "Relu"));
        }
        assertThatCode(() -> accepts(model(inner.clone()))).doesNotThrowAnyException();
        refuses(
                model(graph(holding(inner))),
                "the graph has more than 100 nodes, those of its subgraphs and functions"
                        + " included (expected: at most 100)");
    }

    @Test
    void refusesSubgraphsThatLieTooDeep() {
        refuses(
                model(graph(holding(graph(holding(graph(holding(graph(node("", "Relu"))))))))),
                "subgraphs within each other: more than 3 (expected: at most 3)");
    }

    @Test
    void takesFunctionsOfTheModelAndRefusesOtherForeignOperators() throws Exception {
        accepts(model(graph(node("local", "Twice")))
                .addFunctions(function("local", "Twice", node("", "Relu"), node("ai.onnx", "Relu"))));
        accepts(model(graph(node("com.microsoft", "Gelu"), node("ai.onnx.ml", "Scaler"), node("com.acme", "Any"))));
        refuses(
                model(graph(node("local", "Twice"))),
                "node \"the-Twice\": operator \"Twice\" of domain \"local\" (expected: a domain of [ai.onnx, ai.onnx.ml,"
                        + " com.acme, com.microsoft], or a function of the model)");
        refuses(
                model(graph(node("local", "Outer"))).addFunctions(function("local", "Outer", node("local", "Inner"))),
                "node \"the-Inner\": operator \"Inner\" of domain \"local\" (expected: a domain of [ai.onnx, ai.onnx.ml,"
                        + " com.acme, com.microsoft], or a function of the model)");
        refuses(
                model(graph(holding(graph(node("evil", "Run"))))),
                "node \"the-Run\": operator \"Run\" of domain \"evil\" (expected: a domain of [ai.onnx, ai.onnx.ml,"
                        + " com.acme, com.microsoft], or a function of the model)");
    }

    @Test
    void refusesFunctionsWithoutAnEnd() {
        refuses(
                model(graph(node("", "Relu")))
                        .addFunctions(function("local", "A", node("local", "B")))
                        .addFunctions(function("local", "B", holding(graph(node("local", "A"))))),
                "operator \"A\" of domain \"local\": calls itself (expected: functions that come to an end)");
        refuses(
                model(graph(node("local", "A")))
                        .addFunctions(function("local", "A", node("", "Relu")))
                        .addFunctions(function("local", "A", node("", "Relu"))),
                "operator \"A\" of domain \"local\": defined twice (expected: once)");
        ModelProto.Builder chain = model(graph(node("local", "F0")));
        for (int count = 0; count < 4; count++) {
            chain.addFunctions(function("local", "F" + count, node("local", "F" + (count + 1))));
        }
        refuses(
                chain.addFunctions(function("local", "F4", node("", "Relu"))),
                "operator \"F3\" of domain \"local\": more than 3 functions that call each other (expected: at most 3)");
    }

    @Test
    void countsFunctionsAsOftenAsTheyAreCalled() {
        NodeProto.Builder[] ten = new NodeProto.Builder[10];
        Arrays.setAll(ten, index -> node("local", "Ten"));
        FunctionProto.Builder outer = function("local", "Hundred", ten);
        NodeProto.Builder[] relus = new NodeProto.Builder[10];
        Arrays.setAll(relus, index -> node("", "Relu"));
        ModelProto.Builder model = model(graph(node("local", "Hundred")))
                .addFunctions(outer)
                .addFunctions(function("local", "Ten", relus));

        assertThatCode(() -> accepts(model.clone())).doesNotThrowAnyException();
        refuses(
                model(graph(node("local", "Hundred"), node("", "Relu"))).addAllFunctions(model.getFunctionsList()),
                "the graph has more than 100 nodes, those of its subgraphs and functions included (expected: at most"
                        + " 100)");
    }

    @ParameterizedTest
    @CsvSource({
        "'', ai.onnx, 26",
        "ai.onnx, ai.onnx, 26",
        "ai.onnx.ml, ai.onnx.ml, 5",
        "com.microsoft, com.microsoft, 1"
    })
    void refusesOperatorSetsNewerThanTheRuntimes(String domain, String name, long newest) throws Exception {
        ModelProto.Builder model = model(graph(node("", "Relu")));

        accepts(model.clone().addOpsetImport(set(domain, newest)));
        String refusal = "opset_import: version " + (newest + 1) + " of " + name + " (expected: at most " + newest
                + ", the newest that the runtime knows)";
        refuses(model.clone().addOpsetImport(set(domain, newest + 1)), refusal);
        refuses(
                model.clone()
                        .addFunctions(function("local", "F", node("", "Relu")).addOpsetImport(set(domain, newest + 1))),
                refusal);
    }

    @Test
    void refusesTensorsThatHoldOtherThanTheyClaim() throws Exception {
        ByteString six = ByteString.copyFrom(new byte[6]);
        accepts(with(tensor(DataType.FLOAT16, 3).setRawData(six)));
        accepts(with(tensor(DataType.INT4, 11).setRawData(six)));
        accepts(with(tensor(DataType.STRING, 2).addStringData(six).addStringData(six)));
        accepts(with(tensor(DataType.COMPLEX64, 1).addFloatData(1).addFloatData(2)));
        accepts(with(tensor(DataType.FLOAT, 0)));
        accepts(with(tensor(DataType.UINT32).addUint64Data(7)));
        refuses(
                with(tensor(DataType.FLOAT16, 4).setRawData(six)),
                "tensor \"w\": dims [4] of FLOAT16, but raw_data of 6 bytes (expected: 8)");
        refuses(
                with(tensor(DataType.DOUBLE, 2, 2).addDoubleData(1)),
                "tensor \"w\": dims [2, 2] of DOUBLE, but 1 values (expected: 4)");
        refuses(with(tensor(DataType.FLOAT, -1)), "tensor \"w\": dims [-1] (expected: none below 0)");
        refuses(
                with(tensor(DataType.FLOAT, 1 << 15)),
                "tensor \"w\": dims [32768] of FLOAT are 131072 bytes (expected: at most 65536)");
        refuses(
                with(tensor(DataType.INT8, Long.MAX_VALUE, Long.MAX_VALUE)),
                "tensor \"w\": dims [9223372036854775807, 9223372036854775807] of INT8 are 9223372036854775807 bytes"
                        + " (expected: at most 65536)");
        refuses(with(tensor(DataType.FLOAT, 1, 1, 1, 1, 1)), "tensor \"w\": 5 dims (expected: at most 4)");
        assertThatThrownBy(() -> check(with(tensor(DataType.UNDEFINED)).build().toByteArray()))
                .isInstanceOf(ModelFault.class)
                .hasMessageStartingWith("tensor \"w\": data_type 0 (expected: 1 to 26, [FLOAT, UINT8,");
    }

    @Test
    void looksAtTensorsWhereverTheyAre() {
        TensorProto.Builder wrong = tensor(DataType.FLOAT, 2).clearName();
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName("value").setT(wrong);
        NodeProto.Builder constant = node("", "Constant").addAttribute(attribute);
        String refusal = "a tensor of node \"the-Constant\" (Constant): dims [2] of FLOAT, but 0 values (expected: 2)";

        refuses(model(graph(constant)), refusal);
        refuses(model(graph(holding(graph(constant)))), refusal);
        refuses(model(graph(node("local", "F"))).addFunctions(function("local", "F", constant)), refusal);
        refuses(
                model(graph(node("", "Constant")
                        .addAttribute(AttributeProto.newBuilder().addTensors(wrong)))),
                refusal);
        refuses(
                model(graph(node("", "Relu"))
                        .addSparseInitializer(SparseTensorProto.newBuilder().setValues(wrong))),
                "a sparse initializer, values: dims [2] of FLOAT, but 0 values (expected: 2)");
        refuses(
                model(graph(node("", "Relu"))
                        .addSparseInitializer(
                                SparseTensorProto.newBuilder().addDims(1 << 20).addDims(1 << 20))),
                "a sparse initializer: dims [1048576, 1048576] (expected: at most 4096 elements)");
    }

    @Test
    void refusesMessagesThatReadersWouldMerge() throws Exception {
        byte[] once = model(graph(node("", "Relu"))).build().toByteArray();
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.write(once);
        twice.write(once);

        assertThatThrownBy(() -> check(twice.toByteArray()))
                .isInstanceOf(ModelFault.class)
                .hasMessage("the model: graph twice (expected: once)");
    }

    @Test
    void refusesNamesWithoutAnEnd() {
        refuses(model(graph(node("", "R".repeat(513)))), "op_type: 513 bytes (expected: at most 512)");
        assertThat(Quotes.quote("a\nb".repeat(100)))
                .hasSize(205)
                .startsWith("\"a?ba?b")
                .endsWith("...\"");
    }

    private static ModelProto.Builder with(TensorProto.Builder tensor) {
        return model(graph(node("", "Relu")).addInitializer(tensor));
    }

    private static OperatorSetIdProto set(String domain, long version) {
        return OperatorSetIdProto.newBuilder()
                .setDomain(domain)
                .setVersion(version)
                .build();
    }

    private void accepts(ModelProto.Builder model) throws IOException, ModelFault {
        check(model.build().toByteArray());
    }

    private void refuses(ModelProto.Builder model, String reason) {
        assertThatThrownBy(() -> check(model.build().toByteArray()))
                .isInstanceOf(ModelFault.class)
                .hasMessage(reason);
    }

    private void check(byte[] model) throws IOException, ModelFault {
        Files.write(folder.resolve("model.onnx"), model);
        GraphReader.check(folder, new GraphFiles("model.onnx", Map.of(), List.of()), LIMITS);
    }
}
