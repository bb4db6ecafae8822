package io.modelmill.registry.serving;

import io.modelmill.registry.validation.ModelFile;
import io.modelmill.registry.validation.ModelSignature;
import java.util.List;

/** One READY version as a replica needs it. */
public record ServingVersion(long number, List<ModelFile> files, ModelSignature signature, List<String> classLabels) {
    public ServingVersion {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
    }
}
