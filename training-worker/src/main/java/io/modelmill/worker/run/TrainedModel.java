package io.modelmill.worker.run;

import java.util.List;
import java.util.Map;

/**
 * What a training run made.
 *
 * @param files bytes by path within the version; the graph is {@link #GRAPH}
 * @param classLabels names of the classes by index of the output's last axis; empty if it is no classifier
 * @param metrics measures, and {@code export_max_abs_difference}
 * @param rejection why the version must not be served; empty if it may
 */
public record TrainedModel(
        Map<String, byte[]> files, List<String> classLabels, Map<String, Double> metrics, String rejection) {
    /** Path of the graph. */
    public static final String GRAPH = "model.onnx";

    public TrainedModel {
        classLabels = List.copyOf(classLabels);
    }

    /** Bytes of the graph. */
    public byte[] onnx() {
        byte[] graph = files.get(GRAPH);
        if (graph == null) {
            throw new IllegalStateException("a trained model without " + GRAPH);
        }
        return graph;
    }
}
