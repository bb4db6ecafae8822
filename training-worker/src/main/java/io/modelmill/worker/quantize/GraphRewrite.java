package io.modelmill.worker.quantize;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A graph's nodes and initializers while some are replaced. New names are none that the graph or a graph inside it has. */
final class GraphRewrite {
    private final GraphProto graph;
    private final List<NodeProto> nodes = new ArrayList<>();
    private final List<TensorProto> added = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    GraphRewrite(GraphProto graph) {
        this.graph = graph;
        collectNames(graph);
    }

    private void collectNames(GraphProto part) {
        part.getInputList().forEach(input -> names.add(input.getName()));
        part.getOutputList().forEach(output -> names.add(output.getName()));
        part.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
        part.getSparseInitializerList()
                .forEach(tensor -> names.add(tensor.getValues().getName()));
        for (NodeProto node : part.getNodeList()) {
            names.add(node.getName());
            names.addAll(node.getInputList());
            names.addAll(node.getOutputList());
            inside(node).forEach(this::collectNames);
        }
    }

    /** Adds a node as it is. */
    void keep(NodeProto node) {
        nodes.add(node);
    }

    /** Adds a new node behind those so far and answers the names of its outputs. */
    List<String> add(String operator, int outputs, String hint, String... inputs) {
        List<String> results = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            results.add(unique(hint + "_" + operator));
        }
        nodes.add(node(operator, results, inputs).build());
        return results;
    }

    /** Adds a new node of one output. */
    String add(String operator, String hint, String... inputs) {
        return add(operator, 1, hint, inputs).getFirst();
    }

    /** Adds a node whose output has a name that other nodes know already. */
    void addAs(String operator, String output, String... inputs) {
        nodes.add(node(operator, List.of(output), inputs).build());
    }

    /** Adds a conversion to 32-bit floats. */
    String addCast(String hint, String input) {
        String output = unique(hint + "_Cast");
        nodes.add(node("Cast", List.of(output), input)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(TensorProto.DataType.FLOAT_VALUE))
                .build());
        return output;
    }

    private NodeProto.Builder node(String operator, List<String> outputs, String... inputs) {
        return NodeProto.newBuilder()
                .setName(unique(outputs.getFirst() + "_node"))
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addAllOutput(outputs);
    }

    /** Stores 8-bit integers and answers their name. */
    String constant(String hint, byte[] values, long... axes) {
        return constant(hint, TensorProto.DataType.INT8, ByteBuffer.wrap(values), axes);
    }

    /** Stores 32-bit floats and answers their name. */
    String constant(String hint, float[] values, long... axes) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(hint, TensorProto.DataType.FLOAT, bytes, axes);
    }

    private String constant(String hint, TensorProto.DataType type, ByteBuffer bytes, long... axes) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(unique(hint))
                .setDataType(type.getNumber())
                .setRawData(UnsafeByteOperations.unsafeWrap(bytes));
        for (long axis : axes) {
            tensor.addDims(axis);
        }
        added.add(tensor.build());
        return tensor.getName();
    }

    /** The graph with its new nodes, without constants that no node takes any more. */
    GraphProto finish() {
        Set<String> taken = takenByNodes(nodes);
        // A constant's constant is free once the first is gone, so that one look is not enough.
        while (nodes.removeIf(node -> makesConstant(node) && !taken.contains(node.getOutput(0)))) {
            taken.clear();
            taken.addAll(takenByNodes(nodes));
        }
        GraphProto.Builder finished =
                graph.toBuilder().clearNode().addAllNode(nodes).clearInitializer();
        graph.getInitializerList().stream()
                .filter(tensor -> taken.contains(tensor.getName()))
                .forEach(finished::addInitializer);
        return finished.addAllInitializer(added).build();
    }

    private static boolean makesConstant(NodeProto node) {
        return node.getDomain().isEmpty()
                && node.getOutputCount() == 1
                && Set.of("Constant", "Identity", "Transpose").contains(node.getOpType());
    }

    private Set<String> takenByNodes(List<NodeProto> taking) {
        Set<String> taken = new HashSet<>();
        graph.getOutputList().forEach(output -> taken.add(output.getName()));
        // An input with a value of its own keeps both.
        graph.getInputList().forEach(input -> taken.add(input.getName()));
        collectTaken(taking, taken);
        return taken;
    }

    private static void collectTaken(List<NodeProto> taking, Set<String> taken) {
        for (NodeProto node : taking) {
            taken.addAll(node.getInputList());
            for (GraphProto inside : inside(node)) {
                inside.getOutputList().forEach(output -> taken.add(output.getName()));
                collectTaken(inside.getNodeList(), taken);
            }
        }
    }

    private static List<GraphProto> inside(NodeProto node) {
        List<GraphProto> graphs = new ArrayList<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
                graphs.add(attribute.getG());
            }
            graphs.addAll(attribute.getGraphsList());
        }
        return graphs;
    }

    private String unique(String hint) {
        String name = hint;
        for (int i = 2; !names.add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }
}
