package io.modelmill.inference.session;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

/** Graphs whose axes have names, of the kinds that runs must tell apart. */
final class TestGraphs {
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    private TestGraphs() {}

    /** {@code y = relu(x * w) * v}: FP32 [batch, in] to [batch, out]. */
    static byte[] perceptron(int in, int hidden, int out) {
        return model(graph().addInitializer(noise("w", in, hidden))
                .addInitializer(noise("v", hidden, out))
                .addNode(node("MatMul", List.of("x", "w"), "h"))
                .addNode(node("Relu", List.of("h"), "r"))
                .addNode(node("MatMul", List.of("r", "v"), "y"))
                .addInput(value("x", TensorProto.DataType.FLOAT, "batch", in))
                .addOutput(value("y", TensorProto.DataType.FLOAT, "batch", out)));
    }

    /** {@code y = x}, [batch, length], of any element type. */
    static byte[] identity(TensorProto.DataType type) {
        return model(graph().addNode(node("Identity", List.of("x"), "y"))
                .addInput(value("x", type, "batch", "length"))
                .addOutput(value("y", type, "batch", "length")));
    }

    /** {@code turned} is [length, batch], {@code total} a scalar, {@code rows} [?] has an axis without a known name. */
    static byte[] shapes() {
        return model(graph().addInitializer(longs("last", 1))
                .addNode(node("Transpose", List.of("x"), "turned"))
                .addNode(node("ReduceSum", List.of("x"), "total").toBuilder().addAttribute(whole("keepdims", 0)))
                .addNode(node("ReduceSum", List.of("x", "last"), "rows").toBuilder()
                        .addAttribute(whole("keepdims", 0)))
                .addInput(value("x", TensorProto.DataType.FLOAT, "batch", "length"))
                .addOutput(value("turned", TensorProto.DataType.FLOAT, "length", "batch"))
                .addOutput(value("total", TensorProto.DataType.FLOAT))
                .addOutput(value("rows", TensorProto.DataType.FLOAT, "unnamed")));
    }

    /** {@code y}: where {@code x} [batch] is not 0, INT64 [1, found]; its shape depends on the values. */
    static byte[] findings() {
        return model(graph().addNode(node("NonZero", List.of("x"), "y"))
                .addInput(value("x", TensorProto.DataType.FLOAT, "batch"))
                .addOutput(value("y", TensorProto.DataType.INT64, 1, "found")));
    }

    /** {@code y} is said to be [batch], as {@code x} is, but has as many elements as values that are not 0. */
    static byte[] wronglyNamed() {
        return model(graph().addInitializer(longs("one", 1))
                .addNode(node("NonZero", List.of("x"), "found"))
                .addNode(node("Cast", List.of("found"), "numbers").toBuilder().addAttribute(whole("to", 1)))
                .addInitializer(longs("flat", -1))
                .addNode(node("Reshape", List.of("numbers", "flat"), "y"))
                .addInput(value("x", TensorProto.DataType.FLOAT, "batch"))
                .addOutput(value("y", TensorProto.DataType.FLOAT, "batch")));
    }

    /** Outputs that no node writes: the input {@code x} [batch] itself and a constant {@code c} [2]. */
    static byte[] unwritten() {
        return model(graph().addInitializer(noise("c", 2))
                .addNode(node("Neg", List.of("x"), "y"))
                .addInput(value("x", TensorProto.DataType.FLOAT, "batch"))
                .addOutput(value("x", TensorProto.DataType.FLOAT, "batch"))
                .addOutput(value("c", TensorProto.DataType.FLOAT, 2))
                .addOutput(value("y", TensorProto.DataType.FLOAT, "batch")));
    }

    /** Multiplies a matrix of that width as often as {@code times}, INT64 [], says. */
    static byte[] loop(int width) {
        GraphProto body = GraphProto.newBuilder()
                .setName("body")
                .addNode(node("Identity", List.of("go"), "goOn"))
                .addNode(node("MatMul", List.of("state", "w"), "next"))
                .addInput(value("turn", TensorProto.DataType.INT64))
                .addInput(value("go", TensorProto.DataType.BOOL))
                .addInput(value("state", TensorProto.DataType.FLOAT, width, width))
                .addOutput(value("goOn", TensorProto.DataType.BOOL))
                .addOutput(value("next", TensorProto.DataType.FLOAT, width, width))
                .build();
        return model(graph().addInitializer(noise("w", width, width))
                .addInitializer(TensorProto.newBuilder()
                        .setName("always")
                        .setDataType(TensorProto.DataType.BOOL.getNumber())
                        .setRawData(ByteString.copyFrom(new byte[] {1})))
                .addNode(node("Loop", List.of("times", "always", "w"), "y").toBuilder()
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("body")
                                .setType(AttributeProto.AttributeType.GRAPH)
                                .setG(body)))
                .addInput(value("times", TensorProto.DataType.INT64))
                .addOutput(value("y", TensorProto.DataType.FLOAT, width, width)));
    }

    /** {@code y} is a sequence of {@code x}. */
    static byte[] sequence() {
        return model(graph().addNode(node("SequenceConstruct", List.of("x"), "y"))
                .addInput(value("x", TensorProto.DataType.FLOAT, "batch"))
                .addOutput(ValueInfoProto.newBuilder()
                        .setName("y")
                        .setType(TypeProto.newBuilder()
                                .setSequenceType(TypeProto.Sequence.newBuilder()
                                        .setElemType(tensor(TensorProto.DataType.FLOAT, "batch"))))));
    }

    /** {@code y} is {@code x}, optionally. */
    static byte[] optional() {
        return model(graph().addNode(node("Optional", List.of("x"), "y"))
                .addInput(value("x", TensorProto.DataType.FLOAT, "batch"))
                .addOutput(ValueInfoProto.newBuilder()
                        .setName("y")
                        .setType(TypeProto.newBuilder()
                                .setOptionalType(TypeProto.Optional.newBuilder()
                                        .setElemType(tensor(TensorProto.DataType.FLOAT, "batch"))))));
    }

    /** {@code y} [batch, 2] is what a table of 4 rows holds for {@code ids}, INT64 [batch]: others fail in the midst of a run. */
    static byte[] gather() {
        return model(graph().addInitializer(noise("table", 4, 2))
                .addNode(node("Gather", List.of("table", "ids"), "y"))
                .addInput(value("ids", TensorProto.DataType.INT64, "batch"))
                .addOutput(value("y", TensorProto.DataType.FLOAT, "batch", 2)));
    }

    private static GraphProto.Builder graph() {
        return GraphProto.newBuilder().setName("test");
    }

    private static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static NodeProto node(String operator, List<String> inputs, String output) {
        return NodeProto.newBuilder()
                .setName(operator + "-" + output)
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .build();
    }

    private static AttributeProto whole(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static TensorProto noise(String name, int... shape) {
        int count = 1;
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (int axis : shape) {
            tensor.addDims(axis);
            count *= axis;
        }
        Random random = new Random(1);
        ByteBuffer values = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            values.putFloat((float) random.nextGaussian() / 16);
        }
        return tensor.setRawData(ByteString.copyFrom(values.flip())).build();
    }

    private static TensorProto longs(String name, long value) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(1)
                .addInt64Data(value)
                .build();
    }

    /** @param axes lengths or names */
    private static ValueInfoProto value(String name, TensorProto.DataType type, Object... axes) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(tensor(type, axes))
                .build();
    }

    private static TypeProto tensor(TensorProto.DataType type, Object... axes) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object axis : axes) {
            TensorShapeProto.Dimension.Builder dimension = shape.addDimBuilder();
            if (axis instanceof Integer length) {
                dimension.setDimValue(length);
            } else {
                dimension.setDimParam((String) axis);
            }
        }
        return TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder()
                        .setElemType(type.getNumber())
                        .setShape(shape))
                .build();
    }
}
