package io.modelmill.worker.assignment;

import io.modelmill.dataset.DatasetFormat;
import io.modelmill.trainingspec.job.TrainingSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to train, and on which bytes.
 *
 * @param dataset the rows
 * @param checkpoint where an earlier attempt, or the job that this one resumes, left off
 * @param source the version that is quantised or teaches
 */
public record Assignment(
        TrainingSpec spec, Dataset dataset, Optional<CheckpointRef> checkpoint, Optional<SourceVersion> source) {
    /**
     * A version of a data set.
     *
     * @param name resource name, for messages
     * @param files in their order
     * @param texts columns whose cells are texts
     */
    public record Dataset(String name, DatasetFormat format, List<RemoteFile> files, Set<String> texts) {
        public Dataset {
            files = List.copyOf(files);
            texts = Set.copyOf(texts);
        }
    }

    /**
     * A file that the registry keeps.
     *
     * @param path its name in what it belongs to
     * @param sha256 64 lower-case hexadecimal digits
     */
    public record RemoteFile(String path, String sha256) {}

    /**
     * A state of training that the registry keeps.
     *
     * @param sha256 64 lower-case hexadecimal digits
     * @param step steps done
     */
    public record CheckpointRef(String sha256, long step) {}

    /**
     * A version of a model.
     *
     * @param name resource name
     * @param dataset resource name of the rows that it learned from; empty if nobody knows
     * @param graph its graph
     * @param files all of its files
     * @param classLabels its classes; empty if it is no classifier
     */
    public record SourceVersion(
            String name, String dataset, RemoteFile graph, List<RemoteFile> files, List<String> classLabels) {
        public SourceVersion {
            files = List.copyOf(files);
            classLabels = List.copyOf(classLabels);
        }
    }
}
