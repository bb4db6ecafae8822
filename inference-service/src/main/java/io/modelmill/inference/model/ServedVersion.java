package io.modelmill.inference.model;

import java.util.List;

/**
 * One READY version.
 *
 * @param number from 1
 * @param classLabels names of the classes by index; empty if the model is no classifier
 */
public record ServedVersion(long number, List<VersionFile> files, Signature signature, List<String> classLabels) {
    public ServedVersion {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        long graphs = files.stream().filter(VersionFile::graph).count();
        if (graphs != 1) {
            throw new IllegalArgumentException("version " + number + ": " + graphs + " graphs (expected: 1)");
        }
    }

    /** The ONNX model itself. */
    public VersionFile graph() {
        return files.stream().filter(VersionFile::graph).findFirst().orElseThrow();
    }
}
