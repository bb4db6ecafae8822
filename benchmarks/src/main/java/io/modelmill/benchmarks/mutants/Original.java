package io.modelmill.benchmarks.mutants;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.Map;

/**
 * A model that is right.
 *
 * @param externalData bytes by path, relative to the graph's folder
 */
record Original(String name, ModelProto model, Map<String, byte[]> externalData) {
    /** The path of each graph. */
    static final String GRAPH = "model.onnx";

    Original {
        externalData = Map.copyOf(externalData);
    }

    /** The same with another graph. */
    Mutant with(ModelProto changed) {
        return with(changed.toByteArray());
    }

    /** The same with other bytes in place of the graph. */
    Mutant with(byte[] graph) {
        return new Mutant(GRAPH, graph, externalData);
    }
}
