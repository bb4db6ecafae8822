package io.modelmill.benchmarks.mutants;

import java.util.Map;

/**
 * Files that claim to be a model.
 *
 * @param path of the graph
 * @param externalData bytes by path
 */
record Mutant(String path, byte[] graph, Map<String, byte[]> externalData) {
    Mutant {
        externalData = Map.copyOf(externalData);
    }
}
