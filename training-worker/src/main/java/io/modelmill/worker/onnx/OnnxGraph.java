package io.modelmill.worker.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.modelmill.trainingspec.network.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * An ONNX graph that grows node by node. A node answers the name of its output, to feed to the next. The same calls
 * in the same order give the same bytes.
 */
public final class OnnxGraph {
    /** Read by every ONNX Runtime since 1.12; it has all that the layers need but Gelu, which is written with Erf. */
    public static final int OPSET = 17;

    /** Values of the attribute {@code to} of Cast. */
    public static final long FLOAT = TensorProto.DataType.FLOAT_VALUE;

    public static final long INT32 = TensorProto.DataType.INT32_VALUE;

    public static final long INT64 = TensorProto.DataType.INT64_VALUE;

    private static final int IR_VERSION = 8;
    /** Operators on texts and tables stand in a set of their own. */
    private static final String LEARNED_DOMAIN = "ai.onnx.ml";

    private static final int LEARNED_OPSET = 3;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("modelmill");
    private final Map<String, Integer> used = new HashMap<>();
    private final Set<String> taken = new HashSet<>();
    private boolean learned;

    /**
     * Declares an input of the graph: 32-bit floats, or 64-bit integers for tokens. The batch's axis stands before the row's and
     * is of any size.
     */
    public String input(String name, Shape row) {
        return input(name, type(row), row.axes());
    }

    /** Declares an input of the graph. The batch's axis stands before the row's and is of any size. */
    public String input(String name, ElementType type, List<Long> row) {
        if (!taken.add(name)) {
            throw new IllegalArgumentException("two values of the graph are called " + name);
        }
        graph.addInput(value(name, type, row, "steps"));
        return name;
    }

    /** Stores 32-bit floats as a constant of the given shape; without a shape, one number without axes. */
    public String constant(String hint, float[] values, long... shape) {
        ByteBuffer bytes = littleEndian(values.length, Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return constant(hint, TensorProto.DataType.FLOAT, bytes, shape);
    }

    /** Stores 64-bit integers as a constant of the given shape; without a shape, one number without axes. */
    public String constant(String hint, long[] values, long... shape) {
        ByteBuffer bytes = littleEndian(values.length, Long.BYTES);
        bytes.asLongBuffer().put(values);
        return constant(hint, TensorProto.DataType.INT64, bytes, shape);
    }

    /** Adds a node without attributes. */
    public String node(String operator, String... inputs) {
        return node(operator, Map.of(), inputs);
    }

    /**
     * Adds a node.
     *
     * @param attributes values of {@code Long}, {@code Float}, {@code String}, {@code long[]} or a list of {@code String} or
     *     {@code byte[]}, its bytes
     */
    public String node(String operator, Map<String, ?> attributes, String... inputs) {
        return add(operator, List.of(unique(lower(operator))), attributes, inputs);
    }

    /** Adds a node of an operator on texts and tables, those of the domain {@code ai.onnx.ml}. */
    public String learned(String operator, Map<String, ?> attributes, String... inputs) {
        learned = true;
        String name = add(operator, List.of(unique(lower(operator))), attributes, inputs);
        graph.getNodeBuilder(graph.getNodeCount() - 1).setDomain(LEARNED_DOMAIN);
        return name;
    }

    /** Adds a node of several outputs and answers their names. */
    public List<String> nodes(String operator, int outputs, Map<String, ?> attributes, String... inputs) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            names.add(unique(lower(operator)));
        }
        add(operator, names, attributes, inputs);
        return names;
    }

    /** Puts the axes into another order. */
    public String transpose(String input, long... order) {
        return node("Transpose", Map.of("perm", order), input);
    }

    /** Makes other elements of the same numbers. */
    public String cast(String input, ElementType type) {
        return node("Cast", Map.of("to", (long) type.number()), input);
    }

    /** Cuts the values into other axes; 0 is the length that the input has at that place. */
    public String reshape(String input, long... axes) {
        return node("Reshape", input, constant("axes", axes, axes.length));
    }

    /** The length of an axis when the graph runs, as a list of one 64-bit integer. */
    public String length(String input, long axis) {
        return node("Shape", Map.of("start", axis, "end", axis + 1), input);
    }

    /** Ends the graph with one output of 32-bit floats, the batch's axis before the row's, and answers the model's bytes. */
    public byte[] finish(String output, String name, Shape row) {
        add("Identity", List.of(name), Map.of(), output);
        // Another name than the input's steps: a window may have left fewer.
        graph.addOutput(value(name, type(row), row.axes(), "answered_steps"));
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("modelmill")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET));
        if (learned) {
            model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(LEARNED_DOMAIN).setVersion(LEARNED_OPSET));
        }
        return model.setGraph(graph).build().toByteArray();
    }

    private String constant(String hint, TensorProto.DataType type, ByteBuffer bytes, long... shape) {
        String name = unique(hint);
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .setRawData(UnsafeByteOperations.unsafeWrap(bytes));
        for (long size : shape) {
            tensor.addDims(size);
        }
        graph.addInitializer(tensor);
        return name;
    }

    private static ByteBuffer littleEndian(int values, int bytes) {
        return ByteBuffer.allocate(Math.multiplyExact(values, bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String add(String operator, List<String> outputs, Map<String, ?> attributes, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(outputs.getFirst() + "_node")
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addAllOutput(outputs);
        attributes.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(attribute -> node.addAttribute(attribute(attribute.getKey(), attribute.getValue())));
        graph.addNode(node);
        return outputs.getFirst();
    }

    private static AttributeProto attribute(String name, Object value) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
        switch (value) {
            case Long number ->
                attribute.setType(AttributeProto.AttributeType.INT).setI(number);
            case Float number ->
                attribute.setType(AttributeProto.AttributeType.FLOAT).setF(number);
            case String text ->
                attribute.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(text));
            case long[] numbers ->
                attribute
                        .setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(Arrays.stream(numbers).boxed().toList());
            case List<?> texts ->
                attribute
                        .setType(AttributeProto.AttributeType.STRINGS)
                        .addAllStrings(texts.stream()
                                .map(text -> text instanceof byte[] bytes
                                        ? ByteString.copyFrom(bytes)
                                        : ByteString.copyFromUtf8((String) text))
                                .toList());
            default -> throw new IllegalArgumentException("an attribute of " + value.getClass());
        }
        return attribute.build();
    }

    private static String lower(String operator) {
        return operator.toLowerCase(Locale.ROOT);
    }

    private String unique(String hint) {
        String name;
        do {
            name = hint + "_" + used.merge(hint, 1, Integer::sum);
        } while (!taken.add(name));
        return name;
    }

    private static ElementType type(Shape row) {
        return row.element() == Shape.Element.TOKEN ? ElementType.INTEGER : ElementType.FLOAT;
    }

    private static ValueInfoProto value(String name, ElementType type, List<Long> row, String steps) {
        TensorShapeProto.Builder shape =
                TensorShapeProto.newBuilder().addDim(Dimension.newBuilder().setDimParam("batch"));
        for (long axis : row) {
            shape.addDim(
                    axis == Shape.ANY
                            ? Dimension.newBuilder().setDimParam(steps)
                            : Dimension.newBuilder().setDimValue(axis));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.number())
                                .setShape(shape)))
                .build();
    }
}
