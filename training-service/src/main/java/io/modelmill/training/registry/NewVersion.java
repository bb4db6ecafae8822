package io.modelmill.training.registry;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A version to be made.
 *
 * @param model resource name of its model
 * @param trainingJob resource name of the job that made it
 * @param datasetVersion resource name of the rows
 * @param parentVersion resource name of the version that it was derived from
 * @param files what was uploaded, by path
 * @param aliases that move to it once it is ready
 * @param rejection why it must not be served, if it must not
 * @param requestId the same for each try of the same job
 */
public record NewVersion(
        String model,
        String trainingJob,
        String datasetVersion,
        Optional<String> parentVersion,
        List<File> files,
        List<String> classLabels,
        Map<String, Double> metrics,
        List<String> aliases,
        Optional<String> rejection,
        String requestId) {
    public NewVersion {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        metrics = Map.copyOf(metrics);
        aliases = List.copyOf(aliases);
    }

    /**
     * One file.
     *
     * @param kind name of the registry's FileKind constant
     */
    public record File(String path, String kind, String sha256, long sizeBytes) {}
}
