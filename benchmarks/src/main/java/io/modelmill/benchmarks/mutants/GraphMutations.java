package io.modelmill.benchmarks.mutants;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Changes of what a graph says, in protobuf that is right. */
final class GraphMutations {
    private static final List<String> OPERATORS = List.of(
            "Relu",
            "Add",
            "MatMul",
            "Gemm",
            "Conv",
            "Reshape",
            "Expand",
            "Tile",
            "Resize",
            "ConstantOfShape",
            "Range",
            "Scan",
            "Loop",
            "If",
            "Gather",
            "ScatterND",
            "NonZero",
            "TopK",
            "Pad",
            "Slice",
            "Unsqueeze",
            "Einsum",
            "LSTM",
            "GridSample",
            "RoiAlign",
            "MaxUnpool",
            "Upsample",
            "SequenceAt",
            "OneHot",
            "CumSum",
            "RandomNormal",
            "NoSuchOperator");
    private static final List<String> ATTRIBUTES = List.of(
            "axis", "perm", "kernel_shape", "pads", "strides", "dilations", "group", "epsilon", "axes", "shape", "to");
    private static final List<Long> NUMBERS = List.of(
            -1L, 0L, 1L, 3L, 1L << 20, 1L << 31, (1L << 31) - 1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -(1L << 31));

    private GraphMutations() {}

    static Map<String, Mutation> all() {
        return Map.ofEntries(
                changed("huge_dimensions", GraphMutations::hugeDimensions),
                changed("huge_input", GraphMutations::hugeInput),
                changed("huge_constant", GraphMutations::hugeConstant),
                changed("cycle", GraphMutations::cycle),
                changed("nested", GraphMutations::nested),
                changed("huge_text", GraphMutations::hugeText),
                changed("functions", GraphMutations::functions),
                changed("operator_sets", GraphMutations::operatorSets),
                changed("operators", GraphMutations::operators),
                changed("attributes", GraphMutations::attributes),
                changed("types", GraphMutations::types),
                changed("names_swapped", GraphMutations::names),
                changed("parts_removed", GraphMutations::removed),
                changed("nodes_repeated", GraphMutations::repeated));
    }

    private static Map.Entry<String, Mutation> changed(String name, Change change) {
        return Map.entry(name, (original, random) -> {
            ModelProto.Builder model = original.model().toBuilder();
            change.make(model, model.getGraphBuilder(), random);
            return original.with(model.build());
        });
    }

    private static void hugeDimensions(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        TensorProto.Builder tensor = tensor(graph, random);
        for (int count = random.nextInt(1, 5); count > 0; count--) {
            if (tensor.getDimsCount() > 0 && random.nextBoolean()) {
                tensor.setDims(random.nextInt(tensor.getDimsCount()), number(random));
            } else {
                tensor.addDims(number(random));
            }
        }
    }

    private static void hugeInput(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        graph.getInputBuilder(random.nextInt(graph.getInputCount()))
                .getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .addDim(
                        0,
                        graph.getInput(0).getType().getTensorType().getShape().getDim(0))
                .getDimBuilder(0)
                .setDimValue(number(random));
    }

    /** Memory that the graph asks for when it is loaded or run. */
    private static void hugeConstant(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName("much")
                .setDataType(DataType.INT64.getNumber())
                .addDims(2)
                .addInt64Data(1L << random.nextInt(20))
                .addInt64Data(1L << random.nextInt(40)));
        graph.addNode(Originals.node("ConstantOfShape", "filled", "much"));
        graph.addNode(Originals.node("ReduceMax", "most", "filled"));
        graph.addOutput(Originals.value("most", DataType.FLOAT, 1, 1));
    }

    private static void cycle(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        NodeProto.Builder first = node(graph, random);
        String last = graph.getNode(graph.getNodeCount() - 1).getOutput(0);
        if (first.getInputCount() > 0) {
            first.setInput(random.nextInt(first.getInputCount()), last);
        }
    }

    private static void nested(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        GraphProto.Builder inner = GraphProto.newBuilder()
                .setName("inner")
                .addNode(Originals.node("Constant", "end")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("value_float")
                                .setType(AttributeProto.AttributeType.FLOAT)
                                .setF(1)))
                .addOutput(Originals.value("end", DataType.FLOAT));
        for (int depth = random.nextInt(1, 120); depth > 0; depth--) {
            String name = "end" + depth;
            inner = GraphProto.newBuilder()
                    .setName(name)
                    .addNode(Originals.node("If", name, "deep")
                            .addAttribute(Originals.subgraph("then_branch", inner))
                            .addAttribute(Originals.subgraph("else_branch", leaf())))
                    .addOutput(Originals.value(name, DataType.FLOAT));
        }
        graph.addInitializer(TensorProto.newBuilder()
                .setName("deep")
                .setDataType(DataType.BOOL.getNumber())
                .addInt32Data(1));
        graph.addAllNode(inner.getNodeList()).addAllOutput(inner.getOutputList());
    }

    private static GraphProto.Builder leaf() {
        return GraphProto.newBuilder()
                .setName("leaf")
                .addNode(Originals.node("Constant", "leaf")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("value_float")
                                .setType(AttributeProto.AttributeType.FLOAT)
                                .setF(0)))
                .addOutput(Originals.value("leaf", DataType.FLOAT));
    }

    private static void hugeText(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        String text = (random.nextBoolean() ? "/tmp/../\n\0'\"" : "x").repeat(1 << random.nextInt(4, 18));
        switch (random.nextInt(5)) {
            case 0 -> node(graph, random).setName(text);
            case 1 -> node(graph, random).setOpType(text);
            case 2 -> node(graph, random).setDomain(text);
            case 3 -> model.setDocString(text);
            default -> graph.getInputBuilder(0).setName(text);
        }
    }

    /** Functions that call themselves, each other, or the next one many times. */
    private static void functions(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        int count = random.nextInt(1, 40);
        int calls = random.nextInt(1, 12);
        boolean endless = random.nextBoolean();
        for (int i = 0; i < count; i++) {
            FunctionProto.Builder function = FunctionProto.newBuilder()
                    .setName("f" + i)
                    .setDomain("local")
                    .addInput("a")
                    .addOutput("b0")
                    .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                    .addOpsetImport(
                            OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1));
            String callee = i + 1 < count ? "f" + (i + 1) : endless ? "f" + random.nextInt(count) : "";
            for (int call = 0; call < calls; call++) {
                function.addNode(
                        callee.isEmpty()
                                ? Originals.node("Relu", "b" + call, "a")
                                : Originals.node(callee, "b" + call, "a").setDomain("local"));
            }
            model.addFunctions(function);
        }
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1));
        graph.addNode(
                Originals.node("f0", "called", graph.getInput(0).getName()).setDomain("local"));
        graph.addOutput(graph.getInput(0).toBuilder().setName("called"));
    }

    private static void operatorSets(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        String domain =
                List.of("", "ai.onnx.ml", "com.microsoft", "com.example").get(random.nextInt(4));
        if (random.nextBoolean()) {
            model.clearOpsetImport();
        }
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(number(random)));
        node(graph, random).setDomain(domain);
    }

    private static void operators(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        for (int count = random.nextInt(1, 3); count > 0; count--) {
            node(graph, random).setOpType(OPERATORS.get(random.nextInt(OPERATORS.size())));
        }
    }

    private static void attributes(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        NodeProto.Builder node = node(graph, random);
        if (node.getAttributeCount() > 0 && random.nextBoolean()) {
            AttributeProto.Builder attribute = node.getAttributeBuilder(random.nextInt(node.getAttributeCount()));
            for (int i = 0; i < attribute.getIntsCount(); i++) {
                attribute.setInts(i, number(random));
            }
            attribute.setI(number(random));
        } else {
            String name = ATTRIBUTES.get(random.nextInt(ATTRIBUTES.size()));
            node.addAttribute(
                    random.nextBoolean()
                            ? Originals.integer(name, number(random))
                            : Originals.integers(name, number(random), number(random)));
        }
    }

    private static void types(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        int type = random.nextInt(-1, 30);
        if (random.nextBoolean()) {
            tensor(graph, random).setDataType(type);
        } else {
            graph.getInputBuilder(random.nextInt(graph.getInputCount()))
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .setElemType(type);
        }
    }

    private static void names(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        NodeProto.Builder first = node(graph, random);
        NodeProto.Builder second = node(graph, random);
        String name = first.getOutput(0);
        if (random.nextBoolean()) {
            first.setOutput(0, second.getOutput(0));
            second.setOutput(0, name);
        } else if (second.getInputCount() > 0) {
            tensor(graph, random).setName(second.getInput(0));
        }
    }

    private static void removed(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        switch (random.nextInt(5)) {
            case 0 -> graph.removeNode(random.nextInt(graph.getNodeCount()));
            case 1 -> graph.removeInitializer(random.nextInt(graph.getInitializerCount()));
            case 2 -> graph.clearOutput();
            case 3 -> graph.clearInput();
            default -> model.clearIrVersion();
        }
    }

    private static void repeated(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random) {
        NodeProto node = node(graph, random).build();
        boolean apart = random.nextBoolean();
        for (int count = 1 << random.nextInt(12); count > 0; count--) {
            graph.addNode(apart ? node.toBuilder().setOutput(0, "copy" + count).build() : node);
        }
    }

    private static NodeProto.Builder node(GraphProto.Builder graph, SplittableRandom random) {
        return graph.getNodeBuilder(random.nextInt(graph.getNodeCount()));
    }

    private static TensorProto.Builder tensor(GraphProto.Builder graph, SplittableRandom random) {
        return graph.getInitializerBuilder(random.nextInt(graph.getInitializerCount()));
    }

    private static long number(SplittableRandom random) {
        return NUMBERS.get(random.nextInt(NUMBERS.size()));
    }

    /** Changes a model in place. */
    private interface Change {
        void make(ModelProto.Builder model, GraphProto.Builder graph, SplittableRandom random);
    }
}
