package io.modelmill.registry.validation.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Walks through a model's file. A message that may stand once and stands twice is refused: readers merge such messages each
 * in a way of its own, and what was checked must be what is loaded.
 */
public final class GraphReader {
    private static final int OPERATOR_SETS =
            ModelProto.OPSET_IMPORT_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int MODEL_GRAPH = ModelProto.GRAPH_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int FUNCTIONS = ModelProto.FUNCTIONS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int SET_DOMAIN =
            OperatorSetIdProto.DOMAIN_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int SET_VERSION = OperatorSetIdProto.VERSION_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int GRAPH_NODE = GraphProto.NODE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int INITIALIZER =
            GraphProto.INITIALIZER_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int SPARSE_INITIALIZER =
            GraphProto.SPARSE_INITIALIZER_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int FUNCTION_NAME =
            FunctionProto.NAME_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int FUNCTION_DOMAIN =
            FunctionProto.DOMAIN_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int FUNCTION_NODE =
            FunctionProto.NODE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int FUNCTION_SETS =
            FunctionProto.OPSET_IMPORT_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int FUNCTION_DEFAULT =
            FunctionProto.ATTRIBUTE_PROTO_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int NODE_NAME = NodeProto.NAME_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int NODE_TYPE = NodeProto.OP_TYPE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int NODE_DOMAIN = NodeProto.DOMAIN_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int NODE_ATTRIBUTE =
            NodeProto.ATTRIBUTE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ATTRIBUTE_TENSOR =
            AttributeProto.T_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ATTRIBUTE_TENSORS =
            AttributeProto.TENSORS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ATTRIBUTE_SPARSE =
            AttributeProto.SPARSE_TENSOR_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ATTRIBUTE_SPARSES =
            AttributeProto.SPARSE_TENSORS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ATTRIBUTE_GRAPH =
            AttributeProto.G_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ATTRIBUTE_GRAPHS =
            AttributeProto.GRAPHS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    /** What ONNX Runtime takes for a file of its own format, which it does not check as it checks ONNX. */
    private static final String RUNTIME_FORMAT = ".ort";

    private final MessageReader messages;
    private final GraphLimits limits;
    private final TensorReader tensors;
    private final Operators operators;
    private long nodes;

    private GraphReader(MessageReader messages, GraphLimits limits, ExternalData data) {
        this.messages = messages;
        this.limits = limits;
        this.tensors = new TensorReader(messages, limits, data);
        this.operators = new Operators(limits);
    }

    /**
     * Reads the graph of a version.
     *
     * @param folder holds the version's files
     * @throws ModelFault if it must not be loaded
     */
    public static void check(Path folder, GraphFiles files, GraphLimits limits) throws ModelFault, IOException {
        Path graph = folder.resolve(files.graph());
        String label = "file " + Quotes.quote(files.graph());
        if (files.graph().toLowerCase(Locale.ROOT).endsWith(RUNTIME_FORMAT)) {
            throw new ModelFault(
                    label + ": named as a file of ONNX Runtime's own format (expected: an ONNX model, such as"
                            + " model.onnx)");
        }
        long size = Files.size(graph);
        long most = Math.min(limits.graphBytes(), Integer.MAX_VALUE);
        if (size == 0 || size > most) {
            throw new ModelFault(label + ": " + size + " bytes (expected: 1 to " + most + ")");
        }
        ExternalData data = new ExternalData(files);
        try (InputStream input = Files.newInputStream(graph)) {
            MessageReader messages = new MessageReader(input, (int) size);
            try {
                GraphReader reader = new GraphReader(messages, limits, data);
                reader.model();
                reader.operators.check();
            } catch (InvalidProtocolBufferException e) {
                throw new ModelFault(label + ": cannot be read near byte " + messages.position() + " of " + size
                        + " (expected: an ONNX model)");
            }
        }
        data.checkAllUsed();
    }

    private void model() throws IOException, ModelFault {
        boolean found = false;
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case OPERATOR_SETS -> messages.nested(this::operatorSet);
                case MODEL_GRAPH -> {
                    once(found, "the model", "graph");
                    found = true;
                    messages.nested(() -> graph(operators.graph(), 1));
                }
                case FUNCTIONS -> messages.nested(this::function);
                default -> messages.skip(tag);
            }
        }
        if (!found) {
            throw new ModelFault("the model has no graph (expected: one)");
        }
    }

    private void operatorSet() throws IOException, ModelFault {
        String domain = "";
        long version = 0;
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case SET_DOMAIN -> domain = messages.identifier("opset_import.domain");
                case SET_VERSION -> version = messages.number();
                default -> messages.skip(tag);
            }
        }
        operators.operatorSet(domain, version);
    }

    private void function() throws IOException, ModelFault {
        String name = "";
        String domain = "";
        Operators.Calls calls = new Operators.Calls();
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case FUNCTION_NAME -> name = messages.identifier("functions.name");
                case FUNCTION_DOMAIN -> domain = messages.identifier("functions.domain");
                case FUNCTION_NODE -> messages.nested(() -> node(calls, 1));
                case FUNCTION_SETS -> messages.nested(this::operatorSet);
                case FUNCTION_DEFAULT -> messages.nested(() -> attribute("a function's default", calls, 1));
                default -> messages.skip(tag);
            }
        }
        operators.define(Operators.Operator.of(domain, name), calls);
    }

    private void graph(Operators.Calls calls, int depth) throws IOException, ModelFault {
        if (depth > limits.depth()) {
            throw new ModelFault("subgraphs within each other: more than " + limits.depth() + " (expected: at most "
                    + limits.depth() + ")");
        }
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case GRAPH_NODE -> messages.nested(() -> node(calls, depth));
                case INITIALIZER -> tensors.tensor("an initializer without a name");
                case SPARSE_INITIALIZER -> tensors.sparse("a sparse initializer");
                default -> messages.skip(tag);
            }
        }
    }

    private void node(Operators.Calls calls, int depth) throws IOException, ModelFault {
        String name = "";
        String type = "";
        String domain = "";
        operators.checkCount(++nodes);
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case NODE_NAME -> name = messages.label();
                case NODE_TYPE -> type = messages.identifier("op_type");
                case NODE_DOMAIN -> domain = messages.identifier("domain");
                case NODE_ATTRIBUTE -> {
                    String owner = "a tensor of node " + Quotes.quote(name) + " (" + type + ")";
                    messages.nested(() -> attribute(owner, calls, depth));
                }
                default -> messages.skip(tag);
            }
        }
        operators.call(calls, Operators.Operator.of(domain, type), name);
    }

    private void attribute(String owner, Operators.Calls calls, int depth) throws IOException, ModelFault {
        boolean tensor = false;
        boolean sparse = false;
        boolean graph = false;
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case ATTRIBUTE_TENSOR -> {
                    once(tensor, owner, "t");
                    tensor = true;
                    tensors.tensor(owner);
                }
                case ATTRIBUTE_SPARSE -> {
                    once(sparse, owner, "sparse_tensor");
                    sparse = true;
                    tensors.sparse(owner);
                }
                case ATTRIBUTE_GRAPH -> {
                    once(graph, owner, "g");
                    graph = true;
                    messages.nested(() -> graph(calls, depth + 1));
                }
                case ATTRIBUTE_TENSORS -> tensors.tensor(owner);
                case ATTRIBUTE_SPARSES -> tensors.sparse(owner);
                case ATTRIBUTE_GRAPHS -> messages.nested(() -> graph(calls, depth + 1));
                default -> messages.skip(tag);
            }
        }
    }

    private static void once(boolean before, String owner, String field) throws ModelFault {
        if (before) {
            throw new ModelFault(owner + ": " + field + " twice (expected: once)");
        }
    }
}
