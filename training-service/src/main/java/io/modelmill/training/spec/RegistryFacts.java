package io.modelmill.training.spec;

import java.util.Optional;

/** What the registry knows of the resources that a spec names. Methods throw UNAVAILABLE if it does not answer. */
public interface RegistryFacts {
    /** Whether there is a model of this resource name. */
    boolean modelExists(String name);

    /** What is known of the rows, or empty if there is no such version. */
    Optional<DatasetFacts> datasetVersion(String name);
}
