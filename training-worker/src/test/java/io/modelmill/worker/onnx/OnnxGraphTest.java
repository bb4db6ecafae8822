package io.modelmill.worker.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.modelmill.trainingspec.network.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OnnxGraphTest {
    @Test
    void leavesTheBatchAndTheStepsOpen() throws Exception {
        var graph = new OnnxGraph();
        String tokens = graph.input("tokens", Shape.tokens(Shape.ANY));
        String vectors = graph.constant("vectors", new float[6], 2, 3);
        GraphProto written = finish(graph, graph.node("Gather", vectors, tokens), Shape.numbers(Shape.ANY, 3));

        assertThat(axes(written.getInput(0))).containsExactly("batch", "steps");
        assertThat(written.getInput(0).getType().getTensorType().getElemType())
                .isEqualTo(TensorProto.DataType.INT64.getNumber());
        assertThat(axes(written.getOutput(0))).containsExactly("batch", "answered_steps", "3");
    }

    @Test
    void writesAttributesOfEachKindByName() throws Exception {
        var graph = new OnnxGraph();
        String input = graph.input("x", Shape.numbers(2));
        List<String> outputs = graph.nodes(
                "Made", 2, Map.of("whole", 3L, "part", 0.5f, "name", "both", "list", new long[] {1, 2}), input);
        GraphProto written = finish(graph, outputs.get(1), Shape.numbers(2));

        assertThat(written.getNode(0).getOutputList()).hasSize(2).doesNotHaveDuplicates();
        assertThat(written.getNode(0).getAttributeList())
                .containsExactly(
                        AttributeProto.newBuilder()
                                .setName("list")
                                .setType(AttributeProto.AttributeType.INTS)
                                .addInts(1)
                                .addInts(2)
                                .build(),
                        AttributeProto.newBuilder()
                                .setName("name")
                                .setType(AttributeProto.AttributeType.STRING)
                                .setS(com.google.protobuf.ByteString.copyFromUtf8("both"))
                                .build(),
                        AttributeProto.newBuilder()
                                .setName("part")
                                .setType(AttributeProto.AttributeType.FLOAT)
                                .setF(0.5f)
                                .build(),
                        AttributeProto.newBuilder()
                                .setName("whole")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(3)
                                .build());
    }

    @Test
    void refusesAnAttributeOfAnotherKind() {
        var graph = new OnnxGraph();
        Map<String, Object> attributes = Map.of("axis", 1);
        assertThatThrownBy(() -> graph.node("Softmax", attributes, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Integer");
    }

    private static GraphProto finish(OnnxGraph graph, String output, Shape row) throws Exception {
        return ModelProto.parseFrom(graph.finish(output, "y", row)).getGraph();
    }

    private static List<String> axes(ValueInfoProto value) {
        return value.getType().getTensorType().getShape().getDimList().stream()
                .map(axis -> axis.hasDimParam() ? axis.getDimParam() : Long.toString(axis.getDimValue()))
                .toList();
    }
}
