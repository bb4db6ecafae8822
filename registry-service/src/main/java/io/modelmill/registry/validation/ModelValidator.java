package io.modelmill.registry.validation;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.artifact.ArtifactStore;
import io.modelmill.registry.validation.graph.GraphFiles;
import io.modelmill.registry.validation.graph.GraphLimits;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Validates the files of one version: puts them into a folder of their own and lets a child process open them there. */
@ApplicationScoped
public class ModelValidator {
    private final ArtifactStore artifacts;
    private final ValidatorPool validators;
    private final GraphLimits limits;
    private final ValidationFolders folders = new ValidationFolders(Path.of(System.getProperty("java.io.tmpdir")));

    ModelValidator(ArtifactStore artifacts, ValidationConfig config, GraphConfig graph, MeterRegistry meters)
            throws IOException {
        this.artifacts = artifacts;
        this.limits = new GraphLimits(
                graph.largestSize().asLongValue(),
                graph.nodes(),
                graph.depth(),
                graph.rank(),
                graph.tensorSize().asLongValue(),
                graph.operatorDomains().orElse(Set.of()));
        this.validators = new ValidatorPool(
                new ValidatorCommand(OnnxValidatorMain.class),
                new ValidatorLimits(
                        config.timeout(),
                        config.heap().asLongValue(),
                        config.memory().asLongValue(),
                        config.versionsPerProcess(),
                        config.idleTimeout()),
                folders,
                meters);
        folders.removeAbandoned();
    }

    @PreDestroy
    void close() throws IOException, InterruptedException {
        validators.close();
    }

    /**
     * Says whether the files can be served.
     *
     * @param files all uploaded, exactly one of them the graph
     * @param classLabels how many labels were given; 0 for none
     * @throws IOException if the validation itself could not be done, which says nothing about the files
     * @throws InterruptedException if the service is going down; the child process is gone then
     */
    public ValidationOutcome validate(String tenant, List<ModelFile> files, int classLabels)
            throws IOException, InterruptedException {
        Path folder = folders.make();
        try {
            Path content = Files.createDirectory(folder.resolve("files"));
            for (ModelFile file : files) {
                Path target = content.resolve(file.path()).normalize();
                if (!ModelFile.isLegalPath(file.path()) || !target.startsWith(content)) {
                    return new ValidationOutcome.Refused(
                            "path: \"" + file.path() + "\" (expected: " + ModelFile.LEGAL_PATH + ")");
                }
                Files.createDirectories(target.getParent());
                artifacts.materialise(new ArtifactKey(tenant, file.sha256()), target);
            }
            return validators.validate(
                    new ValidationRequest(content.toString(), graphFiles(files), limits, classLabels));
        } finally {
            folders.remove(folder);
        }
    }

    private static GraphFiles graphFiles(List<ModelFile> files) {
        Map<String, Long> externalData = new HashMap<>();
        List<String> others = new ArrayList<>();
        String graph = "";
        for (ModelFile file : files) {
            switch (file.kind()) {
                case ONNX_MODEL -> graph = file.path();
                case EXTERNAL_DATA -> externalData.put(file.path(), file.sizeBytes());
                case TOKENIZER, OTHER -> others.add(file.path());
            }
        }
        if (graph.isEmpty()) {
            throw new IllegalStateException("a version without a graph was stored");
        }
        return new GraphFiles(graph, externalData, others);
    }
}
