package io.modelmill.registry.validation.graph;

import java.util.Set;

/**
 * What a graph may hold at most.
 *
 * @param graphBytes size of the graph's own file
 * @param nodes nodes of the graph, its subgraphs and its functions, each function's counted as often as it is called
 * @param depth subgraphs within each other, and functions that call each other
 * @param rank dimensions of one stored tensor
 * @param tensorBytes bytes that one stored tensor claims
 * @param operatorDomains domains of operators, other than the standard ones, that may be used
 */
public record GraphLimits(
        long graphBytes, long nodes, int depth, int rank, long tensorBytes, Set<String> operatorDomains) {
    public GraphLimits {
        operatorDomains = Set.copyOf(operatorDomains);
    }
}
