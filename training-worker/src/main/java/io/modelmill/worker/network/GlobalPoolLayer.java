package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The largest value or the mean of each channel of an image, or of each feature of all steps that are real. */
record GlobalPoolLayer(boolean max, boolean ofImage) implements Layer {
    static GlobalPoolLayer max(PlannedLayer planned) {
        return new GlobalPoolLayer(true, planned.input().isImage());
    }

    static GlobalPoolLayer average(PlannedLayer planned) {
        return new GlobalPoolLayer(false, planned.input().isImage());
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        if (pass.lengths().isPresent()) {
            Lengths lengths = pass.lengths().get();
            return max
                    ? lengths.filled(input, Double.NEGATIVE_INFINITY).amax(axes(), false)
                    : lengths.filled(input, 0).sum(axes()).div(lengths.counts().unsqueeze(1));
        }
        return max ? input.amax(axes(), false) : input.mean(axes());
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        if (pass.lengths().isPresent()) {
            ExportedLengths lengths = pass.lengths().get();
            return max
                    ? reduce(graph, "ReduceMax", lengths.filled(input, Float.NEGATIVE_INFINITY))
                    : graph.node("Div", sum(graph, lengths.filled(input, 0)), lengths.divisors());
        }
        return reduce(graph, max ? "ReduceMax" : "ReduceMean", input);
    }

    @Override
    public StepChange steps() {
        return StepChange.GONE;
    }

    private String reduce(OnnxGraph graph, String operator, String input) {
        return graph.node(operator, Map.of("axes", axes(), "keepdims", 0L), input);
    }

    /** Its axes are an input and no attribute since opset 13. */
    private String sum(OnnxGraph graph, String input) {
        return graph.node("ReduceSum", Map.of("keepdims", 0L), input, graph.constant("axes", axes(), axes().length));
    }

    private long[] axes() {
        return ofImage ? new long[] {2, 3} : new long[] {1};
    }
}
