package io.modelmill.registry.version;

import java.util.Optional;

/**
 * Where a version came from, as resource names.
 *
 * @param trainingJob over the whole database at most one version names a job
 */
public record Lineage(Optional<String> trainingJob, Optional<String> datasetVersion, Optional<String> parentVersion) {}
