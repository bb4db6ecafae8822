package io.modelmill.training.job;

import java.util.List;
import java.util.Map;

/**
 * What a worker made; the bytes are artifacts of the registry.
 *
 * @param classLabels by index of the output's last axis
 * @param metrics measures of the held-out rows
 */
public record TrainedModel(List<File> files, List<String> classLabels, Map<String, Double> metrics) {
    public TrainedModel {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        metrics = Map.copyOf(metrics);
    }

    /**
     * One uploaded file.
     *
     * @param kind name of the registry's FileKind constant
     */
    public record File(String path, String kind, String sha256, long sizeBytes) {}
}
