package io.modelmill.registry.lineage;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a walk has found.
 *
 * @param steps from where the walk began, by resource name, nearest first
 * @param links between these, in the order in which they were found
 * @param complete false if the walk ended at one of its bounds
 */
public record LineageGraph(Map<String, Integer> steps, List<LineageLink> links, boolean complete) {
    public LineageGraph {
        steps = Collections.unmodifiableMap(new LinkedHashMap<>(steps));
        links = List.copyOf(links);
    }
}
