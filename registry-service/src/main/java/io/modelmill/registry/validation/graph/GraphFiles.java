package io.modelmill.registry.validation.graph;

import java.util.List;
import java.util.Map;

/**
 * The files of a version, as a graph may name them. All paths are relative to the version's folder and were checked before:
 * none leaves it.
 *
 * @param graph the graph's own path
 * @param externalData size in bytes of each file of kind EXTERNAL_DATA, by path
 * @param others paths of all other files but the graph
 */
public record GraphFiles(String graph, Map<String, Long> externalData, List<String> others) {
    public GraphFiles {
        externalData = Map.copyOf(externalData);
        others = List.copyOf(others);
    }

    /** Path of what the graph calls so: locations are relative to the graph's own folder. */
    String beside(String location) {
        return graph.substring(0, graph.lastIndexOf('/') + 1) + location;
    }
}
