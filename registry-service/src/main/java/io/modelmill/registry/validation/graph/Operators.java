package io.modelmill.registry.validation.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which operators a model's nodes are of, and which of them are functions that the model brings. */
final class Operators {
    /** The newest operator sets that the runtime in use knows; a test holds them to it. */
    static final Map<String, Long> NEWEST = Map.of("ai.onnx", 26L, "ai.onnx.ml", 5L, "com.microsoft", 1L);

    private final GraphLimits limits;
    private final Map<Operator, Calls> functions = new LinkedHashMap<>();
    /** The first node of each operator of a domain that only a function of the model makes right. */
    private final Map<Operator, String> foreign = new LinkedHashMap<>();

    private final Calls graph = new Calls();

    Operators(GraphLimits limits) {
        this.limits = limits;
    }

    /** What the graph itself and its subgraphs call. */
    Calls graph() {
        return graph;
    }

    void operatorSet(String domain, long version) throws ModelFault {
        String known = normal(domain);
        Long newest = NEWEST.get(known);
        if (newest != null && version > newest) {
            throw new ModelFault("opset_import: version " + version + " of " + known + " (expected: at most " + newest
                    + ", the newest that the runtime knows)");
        }
    }

    /** @param owner what the node is in */
    void call(Calls owner, Operator operator, String node) {
        owner.counts.merge(operator, 1L, Long::sum);
        if (!NEWEST.containsKey(operator.domain()) && !limits.operatorDomains().contains(operator.domain())) {
            foreign.putIfAbsent(operator, node);
        }
    }

    void define(Operator function, Calls body) throws ModelFault {
        if (functions.put(function, body) != null) {
            throw new ModelFault(function + ": defined twice (expected: once)");
        }
    }

    /** To be called when all was read: functions may stand behind the nodes that call them. */
    void check() throws ModelFault {
        for (Map.Entry<Operator, String> use : foreign.entrySet()) {
            if (!functions.containsKey(use.getKey())) {
                Set<String> domains = new TreeSet<>(NEWEST.keySet());
                domains.addAll(limits.operatorDomains());
                throw new ModelFault("node " + Quotes.quote(use.getValue()) + ": " + use.getKey()
                        + " (expected: a domain of " + domains + ", or a function of the model)");
            }
        }
        for (Map.Entry<Operator, Calls> function : functions.entrySet()) {
            nodes(function.getKey(), function.getValue(), new ArrayList<>());
        }
        checkCount(nodes(graph, new ArrayList<>()));
    }

    void checkCount(long nodes) throws ModelFault {
        if (nodes > limits.nodes()) {
            throw new ModelFault("the graph has more than " + limits.nodes()
                    + " nodes, those of its subgraphs and functions included (expected: at most " + limits.nodes()
                    + ")");
        }
    }

    /** Nodes of a function once all functions are written out where they are called. */
    private long nodes(Operator function, Calls body, List<Operator> callers) throws ModelFault {
        if (body.nodes >= 0) {
            return body.nodes;
        }
        int seen = callers.indexOf(function);
        callers.add(function);
        if (seen >= 0) {
            throw new ModelFault(function + ": calls itself (expected: functions that come to an end)");
        }
        if (callers.size() > limits.depth()) {
            throw new ModelFault(function + ": more than " + limits.depth()
                    + " functions that call each other (expected: at most " + limits.depth() + ")");
        }
        body.nodes = nodes(body, callers);
        callers.removeLast();
        return body.nodes;
    }

    private long nodes(Calls body, List<Operator> callers) throws ModelFault {
        long sum = 0;
        for (Map.Entry<Operator, Long> call : body.counts.entrySet()) {
            Calls function = functions.get(call.getKey());
            long each = function == null ? 1 : Math.max(1, nodes(call.getKey(), function, callers));
            // Both are at most the limit and one more, so that neither product nor sum overflows.
            sum = Math.min(sum + Math.min(call.getValue(), limits.nodes() + 1) * each, limits.nodes() + 1);
        }
        return sum;
    }

    private static String normal(String domain) {
        return domain.isEmpty() ? "ai.onnx" : domain;
    }

    /** An operator's full name; the standard domain is {@code ai.onnx}. Overloads of a function are one. */
    record Operator(String domain, String type) {
        static Operator of(String domain, String type) {
            return new Operator(normal(domain), type);
        }

        @Override
        public String toString() {
            return "operator " + Quotes.quote(type) + " of domain " + Quotes.quote(domain);
        }
    }

    /** How often a graph or a function's body calls what. */
    static final class Calls {
        private final Map<Operator, Long> counts = new LinkedHashMap<>();
        /** Below 0 as long as nobody counted. */
        private long nodes = -1;
    }
}
