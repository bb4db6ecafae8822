package io.modelmill.inference.conformance;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One case of the ONNX project's tests: a graph, inputs, and the outputs that are right.
 *
 * @param name {@code FOLDER.CASE}
 */
record ConformanceCase(String name, Path folder) {
    /** All cases below the folder, in the order of their names. */
    static List<ConformanceCase> in(Path directory) throws IOException {
        try (Stream<Path> graphs = Files.walk(directory)) {
            return graphs.filter(path -> path.endsWith("model.onnx"))
                    .map(Path::getParent)
                    .map(folder -> new ConformanceCase(
                            directory.relativize(folder).toString().replace('/', '.'), folder))
                    .sorted((one, other) -> one.name.compareTo(other.name))
                    .toList();
        }
    }

    Path graph() {
        return folder.resolve("model.onnx");
    }

    /** @throws UnsupportedOperationException if one of them is no tensor */
    Map<String, CaseTensor> inputs() {
        GraphProto graph = read();
        Set<String> initializers =
                graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
        List<ValueInfoProto> fed = graph.getInputList().stream()
                .filter(input -> !initializers.contains(input.getName()))
                .toList();
        return tensors("input_", fed);
    }

    /** @throws UnsupportedOperationException if one of them is no tensor */
    Map<String, CaseTensor> outputs() {
        return tensors("output_", read().getOutputList());
    }

    private GraphProto read() {
        try {
            return ModelProto.parseFrom(Files.readAllBytes(graph())).getGraph();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, CaseTensor> tensors(String prefix, List<ValueInfoProto> values) {
        List<CaseTensor> tensors = new ArrayList<>();
        Map<String, CaseTensor> byName = new LinkedHashMap<>();
        try {
            for (ValueInfoProto value : values) {
                Path file = folder.resolve("test_data_set_0").resolve(prefix + tensors.size() + ".pb");
                if (!value.getType().hasTensorType()) {
                    throw new UnsupportedOperationException(
                            value.getName() + ": " + value.getType().getValueCase());
                }
                if (!Files.exists(file)) {
                    throw new UnsupportedOperationException(value.getName() + ": no " + file.getFileName());
                }
                CaseTensor tensor = CaseTensor.of(TensorProto.parseFrom(Files.readAllBytes(file)));
                tensors.add(tensor);
                byName.put(value.getName(), tensor);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return byName;
    }
}
