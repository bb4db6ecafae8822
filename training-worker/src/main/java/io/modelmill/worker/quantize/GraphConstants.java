package io.modelmill.worker.quantize;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Constants of a graph by name, those with them that Identity or Transpose makes of one. */
final class GraphConstants {
    private static final int MATRIX = 2;

    private final Map<String, TensorProto> tensors = new HashMap<>();
    /** What a name stands for, and whether its axes have changed places. */
    private final Map<String, Alias> aliases = new HashMap<>();

    GraphConstants(GraphProto graph) {
        // What a caller may feed is no constant, though it has a value.
        Set<String> inputs = new HashSet<>();
        graph.getInputList().stream().map(ValueInfoProto::getName).forEach(inputs::add);
        for (TensorProto tensor : graph.getInitializerList()) {
            if (!inputs.contains(tensor.getName())) {
                tensors.put(tensor.getName(), tensor);
            }
        }
        graph.getNodeList().forEach(this::note);
    }

    private void note(NodeProto node) {
        if (!node.getDomain().isEmpty() || node.getOutputCount() != 1) {
            return;
        }
        String output = node.getOutput(0);
        switch (node.getOpType()) {
            case "Constant" -> attribute(node, "value").ifPresent(value -> tensors.put(output, value.getT()));
            case "Identity" -> resolve(node.getInput(0)).ifPresent(alias -> aliases.put(output, alias));
            case "Transpose" ->
                resolve(node.getInput(0)).ifPresent(alias -> {
                    // Without an order the axes are turned round.
                    List<Long> order = attribute(node, "perm")
                            .map(AttributeProto::getIntsList)
                            .orElse(List.of(1L, 0L));
                    if (isMatrix(alias) && order.equals(List.of(1L, 0L))) {
                        aliases.put(output, new Alias(alias.constant(), !alias.transposed()));
                    }
                });
            default -> {
                // Not a constant, or not one that is read here.
            }
        }
    }

    /** The constant that a value is, if it is one. */
    Optional<Alias> resolve(String name) {
        return tensors.containsKey(name) ? Optional.of(new Alias(name, false)) : Optional.ofNullable(aliases.get(name));
    }

    /** Whether a constant is a matrix of 32-bit floats. */
    boolean isMatrix(Alias alias) {
        TensorProto tensor = tensors.get(alias.constant());
        return tensor != null
                && tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE
                && tensor.getDimsCount() == MATRIX
                && tensor.getDims(0) > 0
                && tensor.getDims(1) > 0;
    }

    /** Bytes of a matrix. */
    long size(Alias alias) {
        TensorProto tensor = tensors.get(alias.constant());
        return tensor == null ? 0 : tensor.getDims(0) * tensor.getDims(1) * Float.BYTES;
    }

    /** Reads a constant for which {@link #isMatrix} holds. */
    FloatMatrix matrix(Alias alias) {
        TensorProto tensor = tensors.get(alias.constant());
        if (tensor == null) {
            throw new IllegalArgumentException("no constant " + alias.constant());
        }
        float[] values = new float[Math.toIntExact(Math.multiplyExact(tensor.getDims(0), tensor.getDims(1)))];
        if (tensor.hasRawData()) {
            tensor.getRawData()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
        } else {
            for (int i = 0; i < values.length; i++) {
                values[i] = tensor.getFloatData(i);
            }
        }
        return new FloatMatrix(values, Math.toIntExact(tensor.getDims(1)), alias.transposed());
    }

    static Optional<AttributeProto> attribute(NodeProto node, String name) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals(name))
                .findFirst();
    }

    /**
     * A constant as it is used.
     *
     * @param constant name of the initializer, or of the output of a Constant
     * @param transposed whether its two axes have changed places
     */
    record Alias(String constant, boolean transposed) {}
}
