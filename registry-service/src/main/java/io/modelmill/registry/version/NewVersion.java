package io.modelmill.registry.version;

import io.modelmill.registry.database.TextColumn;
import io.modelmill.registry.validation.FileKind;
import io.modelmill.registry.validation.ModelFile;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A version to be made.
 *
 * @param classLabels by index of the last axis of the first output; empty if the model is no classifier
 * @param aliases that move to the version when it becomes READY
 * @param rejection why it must not be served, however right its files are; empty if it may
 * @param metadata what is said of it from the beginning
 */
public record NewVersion(
        List<ModelFile> files,
        List<String> classLabels,
        Map<String, Double> metrics,
        Lineage lineage,
        List<String> aliases,
        Optional<String> rejection,
        VersionMetadata metadata) {
    private static final int MOST_FILES = 200;
    private static final int MOST_LABELS = 100_000;
    private static final int LONGEST_LABEL = 200;
    private static final int MOST_METRICS = 200;
    private static final int MOST_ALIASES = 20;
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern METRIC = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    public NewVersion {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        metrics = Map.copyOf(metrics);
        aliases = List.copyOf(aliases);
    }

    /** Notes every wrong field as the request names it. */
    void check(String tenant, Violations violations) {
        checkFiles(violations);
        checkLabels(violations);
        violations.check(
                metrics.size() <= MOST_METRICS,
                "model_version.metrics",
                metrics.size() + " metrics",
                "at most " + MOST_METRICS);
        metrics.forEach((name, value) -> violations
                .check(METRIC.matcher(name).matches(), "model_version.metrics", name, METRIC.pattern())
                .check(Double.isFinite(value), "model_version.metrics[" + name + "]", value, "a finite number"));
        checkLineage(tenant, violations);
        metadata.check(violations);
        rejection.ifPresent(reason -> StateReason.check(violations, "rejection", reason));
        violations.check(
                aliases.size() <= MOST_ALIASES, "aliases", aliases.size() + " aliases", "at most " + MOST_ALIASES);
        for (int index = 0; index < aliases.size(); index++) {
            violations.check(
                    aliases.get(index).matches(ResourceNamePattern.ID),
                    "aliases[" + index + "]",
                    aliases.get(index),
                    ResourceNamePattern.ID);
        }
    }

    private void checkFiles(Violations violations) {
        long graphs = files.stream()
                .filter(file -> file.kind() == FileKind.ONNX_MODEL)
                .count();
        violations
                .check(graphs == 1, "model_version.files", graphs + " files of FILE_KIND_ONNX_MODEL", "exactly one")
                .check(
                        files.size() <= MOST_FILES,
                        "model_version.files",
                        files.size() + " files",
                        "at most " + MOST_FILES);
        Set<String> paths = new HashSet<>();
        for (int index = 0; index < files.size(); index++) {
            ModelFile file = files.get(index);
            String field = "model_version.files[" + index + "]";
            violations
                    .check(ModelFile.isLegalPath(file.path()), field + ".path", file.path(), ModelFile.LEGAL_PATH)
                    .check(paths.add(file.path()), field + ".path", file.path(), "each path once")
                    .check(
                            DIGEST.matcher(file.sha256()).matches(),
                            field + ".sha256",
                            file.sha256(),
                            "64 lower-case hexadecimal digits");
        }
        for (int index = 0; index < files.size(); index++) {
            String path = files.get(index).path();
            for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
                violations.check(
                        !paths.contains(path.substring(0, slash)),
                        "model_version.files[" + index + "].path",
                        path,
                        "no other file where its folder is");
            }
        }
    }

    private void checkLabels(Violations violations) {
        violations.check(
                classLabels.size() <= MOST_LABELS,
                "model_version.class_labels",
                classLabels.size() + " labels",
                "at most " + MOST_LABELS);
        Set<String> seen = new HashSet<>();
        for (int index = 0; index < classLabels.size() && index < MOST_LABELS; index++) {
            String label = classLabels.get(index);
            String field = "model_version.class_labels[" + index + "]";
            TextColumn.check(violations, field, label, LONGEST_LABEL);
            violations
                    .check(!label.isEmpty(), field, label, "at least one character")
                    .check(seen.add(label), field, label, "each label once");
        }
    }

    private void checkLineage(String tenant, Violations violations) {
        String field = "model_version.lineage.";
        checkName(lineage.trainingJob(), tenant, field + "training_job", "trainingJobs/{job}", violations);
        checkName(
                lineage.datasetVersion(),
                tenant,
                field + "dataset_version",
                "datasets/{dataset}/versions/{version:number}",
                violations);
        checkName(
                lineage.parentVersion(),
                tenant,
                field + "parent_version",
                "models/{model}/versions/{version:number}",
                violations);
    }

    private static void checkName(
            Optional<String> name, String tenant, String field, String shape, Violations violations) {
        ResourceNamePattern expected = ResourceNamePattern.of("tenants/" + tenant + "/" + shape);
        name.ifPresent(value -> violations.check(expected.match(value).isPresent(), field, value, expected.toString()));
    }
}
