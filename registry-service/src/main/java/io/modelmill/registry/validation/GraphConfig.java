package io.modelmill.registry.validation;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;
import java.util.Set;

/** What a graph may hold, read before ONNX Runtime sees it. */
@ConfigMapping(prefix = "modelmill.validation.graph")
public interface GraphConfig {
    /** Largest file of a graph, without external data; 2147483647 bytes is the most that can be read. */
    @WithDefault("2G")
    MemorySize largestSize();

    /** Most nodes, those of subgraphs included, and those of functions as often as they are called. */
    @WithDefault("200000")
    long nodes();

    /** How deep subgraphs may lie in each other, and functions call each other. */
    @WithDefault("32")
    int depth();

    /** Most dimensions of a stored tensor. */
    @WithDefault("32")
    int rank();

    /** Most bytes that the dimensions of one stored tensor may claim, in the graph or outside. */
    @WithDefault("8G")
    MemorySize tensorSize();

    /** Domains of operators that may be used beside ai.onnx, ai.onnx.ml and com.microsoft. */
    Optional<Set<String>> operatorDomains();
}
