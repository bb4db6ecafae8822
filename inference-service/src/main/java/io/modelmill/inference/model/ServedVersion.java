package io.modelmill.inference.model;

import java.util.List;

/**
 * One READY version.
 *
 * @param number from 1
 * @param signature {@link Signature#UNREAD} if nobody announced it
 * @param classLabels names of the classes by index; empty if the model is no classifier
 * @param serving what was announced of how it is served; of a loaded version, what was announced and else what its own
 *     serving.json says
 * @param generation rises when its files change where they lie, as only those in a folder may; 0 for files that never do
 */
public record ServedVersion(
        long number,
        List<VersionFile> files,
        Signature signature,
        List<String> classLabels,
        ServingSpec serving,
        long generation) {
    public ServedVersion {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        long graphs = files.stream().filter(VersionFile::graph).count();
        if (graphs != 1) {
            throw new IllegalArgumentException("version " + number + ": " + graphs + " graphs (expected: 1)");
        }
    }

    /** A version whose files never change and of whose serving nothing was announced. */
    public ServedVersion(long number, List<VersionFile> files, Signature signature, List<String> classLabels) {
        this(number, files, signature, classLabels, ServingSpec.DEFAULT, 0);
    }

    /** The version as it is served once loaded: nothing is left open to other sources any more. */
    public ServedVersion served(Signature graph, List<String> labels, ServingSpec resolved) {
        return new ServedVersion(number, files, graph, labels, resolved, generation);
    }

    /** The ONNX model itself. */
    public VersionFile graph() {
        return files.stream().filter(VersionFile::graph).findFirst().orElseThrow();
    }

    /**
     * Whether the other may answer until this is loaded: it has the same bytes, or its owner changed them where they lie.
     * Otherwise the model was made anew under its old name, and the other must not answer any more.
     */
    public boolean succeeds(ServedVersion other) {
        return number == other.number && (generation != 0 && other.generation != 0 || files.equals(other.files));
    }
}
