package io.modelmill.worker.quantize;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.modelmill.worker.quantize.GraphConstants.Alias;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes products and look-ups of constant matrices ones of 8-bit integers. The other factor of a product becomes 8-bit integers
 * while the graph runs, all of its numbers by one scale: a row's answer depends a little on the rows beside it.
 */
final class ProductRewrite {
    private final GraphConstants constants;
    private final GraphRewrite graph;
    private final long leastBytes;
    /** Quantised once for all nodes that take it. */
    private final Map<String, List<String>> factors = new HashMap<>();

    private final Map<Alias, Stored> matrices = new HashMap<>();
    private final Map<Alias, Stored> tables = new HashMap<>();
    private int products;
    private int lookUps;
    private int left;

    ProductRewrite(GraphConstants constants, GraphRewrite graph, long leastBytes) {
        this.constants = constants;
        this.graph = graph;
        this.leastBytes = leastBytes;
    }

    /** Adds what stands for a node, the node itself if it stays. */
    void take(NodeProto node) {
        boolean replaced = switch (node.getDomain().isEmpty() ? node.getOpType() : "") {
            case "MatMul" -> matMul(node);
            case "Gemm" -> gemm(node);
            case "Gather" -> gather(node);
            default -> false;
        };
        if (!replaced) {
            graph.keep(node);
        }
    }

    int products() {
        return products;
    }

    int lookUps() {
        return lookUps;
    }

    int left() {
        return left;
    }

    private boolean matMul(NodeProto node) {
        Optional<Alias> weight = worthwhile(node.getInput(1));
        if (weight.isEmpty() || isConstant(node.getInput(0))) {
            return false;
        }
        Optional<Stored> matrix = stored(weight.get(), 1);
        matrix.ifPresent(found -> {
            product(node.getInput(0), found, node.getOutput(0), Optional.empty());
            products++;
        });
        return matrix.isPresent();
    }

    /** {@code alpha * A' * B' + beta * C}. */
    private boolean gemm(NodeProto node) {
        Optional<Alias> weight = worthwhile(node.getInput(1));
        if (weight.isEmpty() || isConstant(node.getInput(0))) {
            return false;
        }
        if (whole(node, "transA") != 0) {
            left++;
            return false;
        }
        Alias used = whole(node, "transB") == 0
                ? weight.get()
                : new Alias(weight.get().constant(), !weight.get().transposed());
        Optional<Stored> matrix = stored(used, number(node, "alpha"));
        matrix.ifPresent(found -> {
            product(node.getInput(0), found, node.getOutput(0), addend(node));
            products++;
        });
        return matrix.isPresent();
    }

    private Optional<String> addend(NodeProto node) {
        if (node.getInputCount() < 3 || node.getInput(2).isEmpty() || number(node, "beta") == 0) {
            return Optional.empty();
        }
        String addend = node.getInput(2);
        if (number(node, "beta") == 1) {
            return Optional.of(addend);
        }
        String factor = graph.constant(addend + "_beta", new float[] {number(node, "beta")});
        return Optional.of(graph.add("Mul", addend, addend, factor));
    }

    /** The nodes stand as ONNX Runtime looks for them, to run them as one. */
    private void product(String input, Stored weight, String output, Optional<String> addend) {
        List<String> factor = factors.computeIfAbsent(input, name -> graph.add("DynamicQuantizeLinear", 3, name, name));
        String scales = graph.add("Mul", output + "_scale", factor.get(1), weight.scales());
        String whole =
                graph.add("MatMulInteger", output, factor.get(0), weight.values(), factor.get(2), weight.zeroPoints());
        String numbers = graph.addCast(output, whole);
        if (addend.isEmpty()) {
            graph.addAs("Mul", output, numbers, scales);
        } else {
            graph.addAs("Add", output, graph.add("Mul", output, numbers, scales), addend.get());
        }
    }

    /** A row of the table for each index, and the row's scale. */
    private boolean gather(NodeProto node) {
        Optional<Alias> table = worthwhile(node.getInput(0));
        if (table.isEmpty() || isConstant(node.getInput(1))) {
            return false;
        }
        if (whole(node, "axis") != 0 || !constants.matrix(table.get()).isFinite()) {
            left++;
            return false;
        }
        Stored stored = tables.computeIfAbsent(table.get(), this::storeTable);
        String output = node.getOutput(0);
        String rows = graph.addCast(output, graph.add("Gather", output, stored.values(), node.getInput(1)));
        String scales = graph.add("Gather", output + "_scale", stored.scales(), node.getInput(1));
        graph.addAs("Mul", output, rows, scales);
        lookUps++;
        return true;
    }

    private Stored storeTable(Alias table) {
        FloatMatrix matrix = constants.matrix(table);
        Int8Matrix quantized = Int8Matrix.byRows(matrix);
        return new Stored(
                graph.constant(table.constant() + "_int8_rows", quantized.values(), matrix.rows(), matrix.columns()),
                graph.constant(table.constant() + "_row_scales", quantized.scales(), matrix.rows(), 1),
                "");
    }

    /** @return empty if the matrix has no scales, which is counted */
    private Optional<Stored> stored(Alias weight, float alpha) {
        Stored known = matrices.get(weight);
        if (known == null) {
            FloatMatrix matrix = constants.matrix(weight);
            if (!matrix.isFinite()) {
                left++;
                return Optional.empty();
            }
            Int8Matrix quantized = Int8Matrix.byColumns(matrix);
            String name = weight.constant();
            known = new Stored(
                    graph.constant(name + "_int8", quantized.values(), matrix.rows(), matrix.columns()),
                    graph.constant(name + "_scales", quantized.scales(), matrix.columns()),
                    graph.constant(name + "_zero_points", new byte[matrix.columns()], matrix.columns()));
            matrices.put(weight, known);
        }
        if (alpha == 1) {
            return Optional.of(known);
        }
        String factor = graph.constant(weight.constant() + "_alpha", new float[] {alpha});
        String scaled = graph.add("Mul", weight.constant() + "_scales", known.scales(), factor);
        return Optional.of(new Stored(known.values(), scaled, known.zeroPoints()));
    }

    /** The matrix that a value is, if it is one that is large enough. */
    private Optional<Alias> worthwhile(String name) {
        Optional<Alias> matrix = constants.resolve(name).filter(constants::isMatrix);
        if (matrix.isPresent() && constants.size(matrix.get()) < leastBytes) {
            left++;
            return Optional.empty();
        }
        return matrix;
    }

    private boolean isConstant(String name) {
        return constants.resolve(name).isPresent();
    }

    private static long whole(NodeProto node, String name) {
        return GraphConstants.attribute(node, name).map(AttributeProto::getI).orElse(0L);
    }

    private static float number(NodeProto node, String name) {
        return GraphConstants.attribute(node, name).map(AttributeProto::getF).orElse(1f);
    }

    /** Names of what stands for a matrix. */
    private record Stored(String values, String scales, String zeroPoints) {}
}
