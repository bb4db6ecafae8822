package io.modelmill.training.spec;

import io.modelmill.trainingspec.job.DatasetFacts;
import java.util.List;
import java.util.Optional;

/** What the registry knows of the resources that a spec names. Methods throw UNAVAILABLE if it does not answer. */
public interface RegistryFacts {
    /** Whether there is a model of this resource name. */
    boolean modelExists(String name);

    /** What is known of the rows, or empty if there is no such version or it is deleted. */
    Optional<DatasetFacts> datasetVersion(String name);

    /** A version that may be called now, or empty if there is none of this name. */
    Optional<ReadyVersion> readyVersion(String name);

    /**
     * A version that may be called.
     *
     * @param sizeBytes of its files
     * @param classLabels by index; empty if it answers no classes
     */
    record ReadyVersion(long sizeBytes, List<String> classLabels) {
        public ReadyVersion {
            classLabels = List.copyOf(classLabels);
        }
    }
}
