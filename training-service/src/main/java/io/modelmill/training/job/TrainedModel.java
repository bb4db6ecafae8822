package io.modelmill.training.job;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a worker made; the bytes are artifacts of the registry.
 *
 * @param classLabels by index of the output's last axis
 * @param metrics measures of the held-out rows
 * @param rejection why the version must not be served, or null if it may
 */
public record TrainedModel(
        List<File> files,
        List<String> classLabels,
        Map<String, Double> metrics,
        @Nullable String rejection) {
    public TrainedModel {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        metrics = Map.copyOf(metrics);
    }

    /** One that may be served. */
    public TrainedModel(List<File> files, List<String> classLabels, Map<String, Double> metrics) {
        this(files, classLabels, metrics, null);
    }

    /** Why the version must not be served, if it must not. */
    public Optional<String> rejected() {
        return Optional.ofNullable(rejection);
    }

    /**
     * One uploaded file.
     *
     * @param kind name of the registry's FileKind constant
     */
    public record File(String path, String kind, String sha256, long sizeBytes) {}
}
