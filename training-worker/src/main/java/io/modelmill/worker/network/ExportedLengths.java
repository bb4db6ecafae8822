package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What {@link Lengths} is, as nodes of a graph. Each is written when a layer first needs it, and once. */
final class ExportedLengths {
    private final OnnxGraph graph;
    private final Supplier<String> write;
    private final Map<String, String> written = new HashMap<>();

    private ExportedLengths(OnnxGraph graph, Supplier<String> write) {
        this.graph = graph;
        this.write = write;
    }

    static ExportedLengths of(OnnxGraph graph, String tokens) {
        return new ExportedLengths(graph, () -> {
            String token = graph.node("Not", graph.node("Equal", tokens, graph.constant("padding", new long[] {0})));
            String counted = graph.node("Cast", Map.of("to", OnnxGraph.INT64), token);
            String one = graph.constant("one", new long[] {1});
            String places = graph.node("Add", range(graph, tokens), one);
            String last = graph.node(
                    "ReduceMax", Map.of("axes", new long[] {1}, "keepdims", 0L), graph.node("Mul", counted, places));
            return graph.node("Max", last, one);
        });
    }

    ExportedLengths slid(StepChange.Windows windows) {
        return new ExportedLengths(graph, () -> {
            String one = graph.constant("one", new long[] {1});
            String places = graph.node("Sub", counts(), graph.constant("window", new long[] {windows.length()}));
            String moves = graph.node("Div", places, graph.constant("stride", new long[] {windows.stride()}));
            return graph.node("Max", graph.node("Add", moves, one), one);
        });
    }

    /** 64-bit integers {@code [batch]}. */
    String counts() {
        return once("counts", write);
    }

    /** 32-bit integers {@code [batch]}, as recurrent operators take them. */
    String shortCounts() {
        return once("shortCounts", () -> graph.node("Cast", Map.of("to", OnnxGraph.INT32), counts()));
    }

    /** 32-bit floats {@code [batch, 1]}, to divide sums of features by. */
    String divisors() {
        return once(
                "divisors",
                () -> graph.node("Cast", Map.of("to", OnnxGraph.FLOAT), graph.node("Unsqueeze", counts(), axes(1))));
    }

    /** Whether each step is real, {@code [batch, steps, 1]}, for an input {@code [batch, steps, features]}. */
    String real(String input) {
        return once("real", () -> graph.node("Unsqueeze", realSteps(input), axes(2)));
    }

    /** Minus infinity where a step is padding and 0 elsewhere, {@code [batch, 1, 1, steps]}. */
    String unseen(String input) {
        return once(
                "unseen",
                () -> graph.node(
                        "Where",
                        graph.node("Unsqueeze", realSteps(input), axes(1, 2)),
                        graph.constant("seen", new float[] {0}),
                        graph.constant("unseen", new float[] {Float.NEGATIVE_INFINITY})));
    }

    /** The same {@code [batch, steps, features]} with one value in all that is padding. */
    String filled(String input, float value) {
        return graph.node("Where", real(input), input, graph.constant("fill", new float[] {value}));
    }

    private String realSteps(String input) {
        return once(
                "realSteps", () -> graph.node("Less", range(graph, input), graph.node("Unsqueeze", counts(), axes(1))));
    }

    /** From 0, as many as there are steps. */
    private static String range(OnnxGraph graph, String input) {
        String steps = graph.node("Squeeze", graph.length(input, 1));
        return graph.node(
                "Range", graph.constant("first", new long[] {0}), steps, graph.constant("by", new long[] {1}));
    }

    private String axes(long... axes) {
        return graph.constant("axes", axes, axes.length);
    }

    /** Not {@code computeIfAbsent}: what is written may need another. */
    private String once(String name, Supplier<String> nodes) {
        String known = written.get(name);
        if (known == null) {
            known = nodes.get();
            written.put(name, known);
        }
        return known;
    }
}
