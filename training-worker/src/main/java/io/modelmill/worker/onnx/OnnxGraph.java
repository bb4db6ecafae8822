package io.modelmill.worker.onnx;

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
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An ONNX graph that grows node by node. Each node answers the name of its one output, to feed to the next. The same
 * calls in the same order give the same bytes.
 */
public final class OnnxGraph {
    /** Read by every ONNX Runtime since 1.12; it lacks Gelu, which is written with Erf. */
    public static final int OPSET = 17;

    private static final int IR_VERSION = 8;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("modelmill");
    private final Map<String, Integer> used = new HashMap<>();

    /** Declares the graph's input: 32-bit floats {@code [batch, width]}, the batch of any size. */
    public String input(String name, long width) {
        graph.addInput(matrix(name, width));
        used.put(name, 1);
        return name;
    }

    /** Stores 32-bit floats as a constant of the given shape. */
    public String constant(String hint, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(hint, UnsafeByteOperations.unsafeWrap(bytes), shape);
    }

    private String constant(String hint, ByteString littleEndian, long... shape) {
        String name = unique(hint);
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .setRawData(littleEndian);
        for (long size : shape) {
            tensor.addDims(size);
        }
        graph.addInitializer(tensor);
        return name;
    }

    /** Adds a node without attributes. */
    public String node(String operator, String... inputs) {
        return node(operator, Map.of(), inputs);
    }

    /** Adds a node with attributes of whole numbers. */
    public String node(String operator, Map<String, Long> attributes, String... inputs) {
        return add(operator, unique(operator.toLowerCase(java.util.Locale.ROOT)), attributes, inputs);
    }

    /** Ends the graph with one output, 32-bit floats {@code [batch, width]}, and answers the model's bytes. */
    public byte[] finish(String output, String name, long width) {
        add("Identity", name, Map.of(), output);
        graph.addOutput(matrix(name, width));
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("modelmill")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private String add(String operator, String output, Map<String, Long> attributes, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(output + "_node")
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
        attributes.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(attribute -> node.addAttribute(AttributeProto.newBuilder()
                        .setName(attribute.getKey())
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(attribute.getValue())));
        graph.addNode(node);
        return output;
    }

    private String unique(String hint) {
        return hint + "_" + used.merge(hint, 1, Integer::sum);
    }

    private static ValueInfoProto matrix(String name, long width) {
        TensorShapeProto shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(width))
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }
}
