package io.modelmill.benchmarks.mutants;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Tricks with the names of files and with what lies in them. */
final class FileMutations {
    private static final List<String> LOCATIONS = List.of(
            "/etc/passwd",
            "../../../../../../etc/passwd",
            "weights/../../../etc/passwd",
            "file:///etc/passwd",
            "./weights/first.bin",
            "weights//first.bin",
            "weights\\first.bin",
            "weights/first.bin\0.txt",
            "*/_ORT_MEM_ADDR_/*",
            Original.GRAPH,
            "weights",
            "weights/missing.bin",
            "",
            "~/first.bin",
            "/proc/self/mem",
            "/dev/zero");
    private static final List<String> BYTES =
            List.of("-1", "0", "1", "1023", "1025", "9223372036854775807", "18446744073709551615", "1e9", "0x10", "");
    private static final List<String> PATHS = List.of(
            "../model.onnx",
            "/model.onnx",
            "a/../../model.onnx",
            "a\\model.onnx",
            "model.onnx/",
            "./model.onnx",
            "",
            "a b.onnx",
            "model\0.onnx",
            "model.ort",
            "MODEL.ORT",
            "deep/er/model.onnx",
            "..onnx");

    private FileMutations() {}

    static Map<String, Mutation> all() {
        return Map.of(
                "external_location",
                        (original, random) -> reference(original, "location", pick(LOCATIONS, random), random),
                "external_offset", (original, random) -> reference(original, "offset", pick(BYTES, random), random),
                "external_length", (original, random) -> reference(original, "length", pick(BYTES, random), random),
                "external_packed",
                        (original, random) ->
                                reference(original, "prepacked_0", "key|0;" + pick(BYTES, random), random),
                "external_unused", FileMutations::unused,
                "path", FileMutations::path,
                "long_path", FileMutations::longPath);
    }

    /** Adds an entry to a tensor's reference, in place of that of the same key or beside it. */
    private static Mutant reference(Original original, String key, String value, SplittableRandom random) {
        ModelProto.Builder model = original.model().toBuilder();
        List<TensorProto.Builder> tensors = model.getGraphBuilder().getInitializerBuilderList();
        TensorProto.Builder tensor = tensors.get(random.nextInt(tensors.size()));
        tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL);
        if (random.nextInt(4) > 0) {
            for (int i = tensor.getExternalDataCount() - 1; i >= 0; i--) {
                if (tensor.getExternalData(i).getKey().equals(key)) {
                    tensor.removeExternalData(i);
                }
            }
        }
        tensor.addExternalData(Originals.entry(key, value));
        return original.with(model.build());
    }

    private static Mutant unused(Original original, SplittableRandom random) {
        Map<String, byte[]> data = new HashMap<>(original.externalData());
        data.put("weights/unused-" + random.nextInt(3) + ".bin", new byte[random.nextInt(64)]);
        return new Mutant(Original.GRAPH, original.model().toByteArray(), data);
    }

    private static Mutant path(Original original, SplittableRandom random) {
        return new Mutant(pick(PATHS, random), original.model().toByteArray(), original.externalData());
    }

    private static Mutant longPath(Original original, SplittableRandom random) {
        String path = "a/".repeat(random.nextInt(1, 120)) + Original.GRAPH;
        return new Mutant(path, original.model().toByteArray(), original.externalData());
    }

    private static String pick(List<String> list, SplittableRandom random) {
        return list.get(random.nextInt(list.size()));
    }
}
