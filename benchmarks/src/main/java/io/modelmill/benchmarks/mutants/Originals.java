package io.modelmill.benchmarks.mutants;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.benchmarks.model.BenchModels;
import java.util.List;
import java.util.Map;

/** The models that mutants are made of: small ones, so that what is measured is not how their weights are copied. */
final class Originals {
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;
    private static final int STEPS = 8;
    private static final int WIDTH = 16;

    private Originals() {}

    static List<Original> all() throws InvalidProtocolBufferException {
        return List.of(
                new Original("mlp", ModelProto.parseFrom(BenchModels.small().graph()), Map.of()),
                new Original(
                        "cnn", ModelProto.parseFrom(BenchModels.smallImages().graph()), Map.of()),
                transformer(),
                external(),
                control());
    }

    /** One head of self-attention, a way around it, and a normalisation. */
    private static Original transformer() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .addInput(value("x", DataType.FLOAT, -1, STEPS, WIDTH))
                .addOutput(value("y", DataType.FLOAT, -1, STEPS, WIDTH))
                .addInitializer(weights("query", WIDTH, WIDTH))
                .addInitializer(weights("key", WIDTH, WIDTH))
                .addInitializer(weights("value", WIDTH, WIDTH))
                .addInitializer(weights("scale", WIDTH))
                .addInitializer(weights("bias", WIDTH))
                .addNode(node("MatMul", "q", "x", "query"))
                .addNode(node("MatMul", "k", "x", "key"))
                .addNode(node("MatMul", "v", "x", "value"))
                .addNode(node("Transpose", "kt", "k").addAttribute(integers("perm", 0, 2, 1)))
                .addNode(node("MatMul", "s", "q", "kt"))
                .addNode(node("Softmax", "p", "s"))
                .addNode(node("MatMul", "a", "p", "v"))
                .addNode(node("Add", "r", "a", "x"))
                .addNode(node("LayerNormalization", "y", "r", "scale", "bias"));
        return new Original("transformer", model(graph), Map.of());
    }

    /** Two layers whose weights lie in two files of a sub-folder. */
    private static Original external() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .addInput(value("x", DataType.FLOAT, -1, WIDTH))
                .addOutput(value("y", DataType.FLOAT, -1, WIDTH))
                .addInitializer(outside("first", "weights/first.bin"))
                .addInitializer(outside("second", "weights/second.bin"))
                .addNode(node("MatMul", "h", "x", "first"))
                .addNode(node("Relu", "g", "h"))
                .addNode(node("MatMul", "y", "g", "second"));
        byte[] bytes = new byte[WIDTH * WIDTH * Float.BYTES];
        return new Original(
                "external", model(graph), Map.of("weights/first.bin", bytes, "weights/second.bin", bytes.clone()));
    }

    /** A branch by the sign of the sum, and a loop of three rounds. */
    private static Original control() {
        GraphProto.Builder then = GraphProto.newBuilder()
                .setName("then")
                .addOutput(value("kept", DataType.FLOAT, -1, WIDTH))
                .addNode(node("Relu", "kept", "x"));
        GraphProto.Builder otherwise = GraphProto.newBuilder()
                .setName("else")
                .addOutput(value("turned", DataType.FLOAT, -1, WIDTH))
                .addNode(node("Neg", "turned", "x"));
        GraphProto.Builder body = GraphProto.newBuilder()
                .setName("body")
                .addInput(value("round", DataType.INT64))
                .addInput(value("go_on", DataType.BOOL))
                .addInput(value("before", DataType.FLOAT, -1, WIDTH))
                .addOutput(value("still", DataType.BOOL))
                .addOutput(value("after", DataType.FLOAT, -1, WIDTH))
                .addNode(node("Identity", "still", "go_on"))
                .addNode(node("Add", "after", "before", "step"));
        GraphProto.Builder graph = GraphProto.newBuilder()
                .addInput(value("x", DataType.FLOAT, -1, WIDTH))
                .addOutput(value("y", DataType.FLOAT, -1, WIDTH))
                .addInitializer(weights("step", WIDTH))
                .addInitializer(scalar("zero", DataType.FLOAT).addFloatData(0))
                .addInitializer(scalar("rounds", DataType.INT64).addInt64Data(3))
                .addInitializer(scalar("yes", DataType.BOOL).addInt32Data(1))
                .addNode(node("ReduceSum", "sum", "x").addAttribute(integer("keepdims", 0)))
                .addNode(node("Greater", "positive", "sum", "zero"))
                .addNode(node("If", "branch", "positive")
                        .addAttribute(subgraph("then_branch", then))
                        .addAttribute(subgraph("else_branch", otherwise)))
                .addNode(node("Loop", "y", "rounds", "yes", "branch").addAttribute(subgraph("body", body)));
        return new Original("control", model(graph), Map.of());
    }

    static ModelProto model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("modelmill")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph.setName("original"))
                .build();
    }

    static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName(output)
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    static AttributeProto subgraph(String name, GraphProto.Builder graph) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(graph)
                .build();
    }

    static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto integers(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    static ValueInfoProto value(String name, DataType type, long... axes) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long axis : axes) {
            if (axis < 0) {
                shape.addDimBuilder().setDimParam("rows");
            } else {
                shape.addDimBuilder().setDimValue(axis);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }

    static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static TensorProto.Builder outside(String name, String location) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(DataType.FLOAT.getNumber())
                .addDims(WIDTH)
                .addDims(WIDTH)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", "0"))
                .addExternalData(entry("length", Integer.toString(WIDTH * WIDTH * Float.BYTES)));
    }

    private static TensorProto.Builder scalar(String name, DataType type) {
        return TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    }

    private static TensorProto.Builder weights(String name, int... axes) {
        TensorProto.Builder tensor = scalar(name, DataType.FLOAT);
        int count = 1;
        for (int axis : axes) {
            tensor.addDims(axis);
            count *= axis;
        }
        for (int i = 0; i < count; i++) {
            tensor.addFloatData((i % 7) * 0.1f);
        }
        return tensor;
    }
}
