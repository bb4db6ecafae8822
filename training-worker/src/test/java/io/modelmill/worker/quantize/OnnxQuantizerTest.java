package io.modelmill.worker.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which nodes are rewritten, and that the graph stays the same function but for what 8 bits cannot hold. */
class OnnxQuantizerTest {
    private static final int INPUTS = 48;
    private static final int OUTPUTS = 32;
    private static final Shape ROW = Shape.numbers(INPUTS);
    private static final Shape ANSWER = Shape.numbers(OUTPUTS);

    private final OnnxGraph graph = new OnnxGraph();
    private final String input = graph.input("x", ROW);

    @Test
    void rewritesAProduct() {
        byte[] model = finish(graph.node("MatMul", input, weight("w", 1, INPUTS, OUTPUTS)));
        QuantizedModel quantized = OnnxQuantizer.quantize(model);
        assertThat(quantized.report())
                .isEqualTo(new QuantizationReport(1, 0, 0, model.length, quantized.onnx().length));
        assertThat(operators(quantized.onnx()))
                .containsExactly("DynamicQuantizeLinear", "Mul", "MatMulInteger", "Cast", "Mul", "Identity");
        assertThat(quantized.report().bytesAfter()).isLessThan(model.length / 2);
        assertAnswersAlike(model, quantized.onnx());
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "transB", "alpha", "beta", "beta of 0", "no addend", "alpha, beta, transB"})
    void rewritesAGemm(String form) {
        boolean turned = form.contains("transB");
        String weight = weight("w", 1, turned ? OUTPUTS : INPUTS, turned ? INPUTS : OUTPUTS);
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("transB", turned ? 1L : 0L);
        attributes.put("alpha", form.contains("alpha") ? 0.5f : 1f);
        attributes.put("beta", form.equals("beta of 0") ? 0f : form.contains("beta") ? -3f : 1f);
        String answer = form.equals("no addend")
                ? graph.node("Gemm", attributes, input, weight)
                : graph.node("Gemm", attributes, input, weight, graph.constant("b", random(2, OUTPUTS), OUTPUTS));
        byte[] model = finish(answer);
        QuantizedModel quantized = OnnxQuantizer.quantize(model);
        assertThat(quantized.report().products()).isOne();
        assertThat(operators(quantized.onnx())).doesNotContain("Gemm");
        assertAnswersAlike(model, quantized.onnx());
    }

    @Test
    void leavesAGemmWhoseOtherFactorIsTurned() {
        String turned = graph.node("Transpose", Map.of("perm", new long[] {1, 0}), input);
        String product = graph.node("Gemm", Map.of("transA", 1L), turned, weight("w", 1, INPUTS, OUTPUTS));
        byte[] model = finish(graph.node("MatMul", product, weight("v", 2, OUTPUTS, OUTPUTS)));
        QuantizedModel quantized = OnnxQuantizer.quantize(model);
        assertThat(quantized.report().products()).isOne();
        assertThat(quantized.report().left()).isOne();
        assertAnswersAlike(model, quantized.onnx());
    }

    /** Two products of one input with one matrix, which is turned in one of them and comes by another name in the other. */
    @Test
    void quantisesWhatSeveralTakeOnce() {
        String square = weight("w", 1, INPUTS, INPUTS);
        String first = graph.node("MatMul", input, graph.node("Identity", square));
        String second = graph.node("MatMul", input, square);
        String third = graph.node("MatMul", input, graph.transpose(square, 1, 0));
        String sum = graph.node("Add", graph.node("Add", first, second), third);
        byte[] model = graph.finish(sum, "y", ROW);
        QuantizedModel quantized = OnnxQuantizer.quantize(model);
        assertThat(quantized.report().products()).isEqualTo(3);
        assertThat(operators(quantized.onnx()))
                .containsOnlyOnce("DynamicQuantizeLinear")
                .doesNotContain("Transpose");
        assertThat(parse(quantized.onnx()).getGraph().getInitializerList().stream()
                        .filter(tensor ->
                                tensor.getDataType() == TensorProto.DataType.INT8_VALUE && tensor.getDimsCount() == 2))
                .as("as it is and turned")
                .hasSize(2);
        assertThat(initializers(quantized.onnx())).doesNotContain(square);
        assertAnswersAlike(model, quantized.onnx());
    }

    @Test
    void rewritesALookUp() {
        var tokens = new OnnxGraph();
        String table = tokens.constant("table", random(1, 300 * 16), 300, 16);
        byte[] model = tokens.finish(
                tokens.node("Gather", table, tokens.input("tokens", Shape.tokens(Shape.ANY))),
                "y",
                Shape.numbers(Shape.ANY, 16));
        QuantizedModel quantized = OnnxQuantizer.quantize(model);
        assertThat(quantized.report().tables()).isOne();
        long[] ids = LongStream.range(0, 300).toArray();
        try (OnnxModel parent = OnnxModel.load(model);
                OnnxModel child = OnnxModel.load(quantized.onnx())) {
            float[] expected = parent.predict(ids, 3, 100);
            float[] answered = child.predict(ids, 3, 100);
            for (int row = 0; row < 300; row++) {
                float largest = 0;
                for (int column = 0; column < 16; column++) {
                    largest = Math.max(largest, Math.abs(expected[row * 16 + column]));
                }
                for (int column = 0; column < 16; column++) {
                    assertThat(answered[row * 16 + column])
                            .as("half a step of the row's scale")
                            .isCloseTo(expected[row * 16 + column], within(largest / 127 * 0.51f));
                }
            }
        }
    }

    @Test
    void leavesWhatIsSmallOrNoNumber() {
        float[] broken = random(3, OUTPUTS * OUTPUTS);
        broken[7] = Float.NaN;
        String first = graph.node("MatMul", input, weight("w", 1, INPUTS, OUTPUTS));
        String second = graph.node("MatMul", first, graph.constant("broken", broken, OUTPUTS, OUTPUTS));
        String third = graph.node("MatMul", second, weight("small", 2, OUTPUTS, 31));
        byte[] model = graph.finish(third, "y", Shape.numbers(31));
        QuantizedModel quantized = OnnxQuantizer.quantize(model);
        assertThat(quantized.report().products()).isOne();
        assertThat(quantized.report().left()).isEqualTo(2);
        assertThat(initializers(quantized.onnx())).contains("broken_1", "small_1");
    }

    /** A column of zeros, one of a single number and one of numbers near the least that there are. */
    @Test
    void findsAScaleForColumnsOfZeros() {
        float[] values = random(1, INPUTS * OUTPUTS);
        for (int row = 0; row < INPUTS; row++) {
            values[row * OUTPUTS] = 0;
            values[row * OUTPUTS + 1] = row == 5 ? -3 : 0;
            values[row * OUTPUTS + 2] = Float.MIN_VALUE;
        }
        byte[] model = finish(graph.node("MatMul", input, graph.constant("w", values, INPUTS, OUTPUTS)));
        assertAnswersAlike(model, OnnxQuantizer.quantize(model).onnx());
    }

    @Test
    void leavesGraphsInsideNodesAndWhatTheyTake() {
        String weight = weight("w", 1, INPUTS, OUTPUTS);
        String product = graph.node("MatMul", input, weight);
        String sum = graph.node("ReduceSum", Map.of("keepdims", 0L), input);
        String above = graph.node("Greater", sum, graph.constant("zero", new float[] {0}));
        ModelProto whole = parse(finish(graph.node("If", above)));
        ModelProto model = edit(
                whole,
                node -> node.getOpType().equals("If")
                        ? node.toBuilder()
                                .addAttribute(branch("then_branch", "MatMul", product + "_Mul", input, weight))
                                .addAttribute(branch("else_branch", "Neg", "other", product))
                                .build()
                        : node);
        QuantizedModel quantized = OnnxQuantizer.quantize(model.toByteArray());
        assertThat(quantized.report().products()).isOne();
        assertThat(initializers(quantized.onnx()))
                .as("the branch still takes it")
                .contains(weight);
        assertAnswersAlike(model.toByteArray(), quantized.onnx());
    }

    /** Names that the rewrite would take are taken already. */
    @Test
    void makesNoNameTwice() {
        String weight = weight("w", 1, INPUTS, OUTPUTS);
        String product = graph.node("MatMul", input, weight);
        String taken = graph.constant(weight + "_int8", random(4, OUTPUTS), OUTPUTS);
        ModelProto whole = parse(finish(graph.node("Add", product, taken)));
        ModelProto model = edit(whole, node -> node).toBuilder()
                .setGraph(renamed(whole.getGraph(), taken, weight + "_int8"))
                .build();
        QuantizedModel quantized = OnnxQuantizer.quantize(model.toByteArray());
        Set<String> names = new HashSet<>();
        GraphProto rewritten = parse(quantized.onnx()).getGraph();
        rewritten
                .getInitializerList()
                .forEach(tensor -> assertThat(names.add(tensor.getName())).isTrue());
        rewritten
                .getNodeList()
                .forEach(node -> node.getOutputList()
                        .forEach(output ->
                                assertThat(names.add(output)).as(output).isTrue()));
        assertAnswersAlike(model.toByteArray(), quantized.onnx());
    }

    @Test
    void leavesAWeightThatACallerMayFeed() {
        String fixed = graph.node("MatMul", input, weight("w", 1, INPUTS, OUTPUTS));
        String fed = weight("fed", 2, OUTPUTS, OUTPUTS);
        ModelProto whole = parse(finish(graph.node("MatMul", fixed, fed)));
        ModelProto model = whole.toBuilder()
                .setGraph(whole.getGraph().toBuilder()
                        .addInput(ValueInfoProto.newBuilder()
                                .setName(fed)
                                .setType(whole.getGraph().getInput(0).getType().toBuilder()
                                        .setTensorType(
                                                whole.getGraph().getInput(0).getType().getTensorType().toBuilder()
                                                        .clearShape()))))
                .build();
        QuantizedModel quantized = OnnxQuantizer.quantize(model.toByteArray());
        assertThat(quantized.report().products()).isOne();
        assertThat(initializers(quantized.onnx())).contains(fed);
        assertAnswersAlike(model.toByteArray(), quantized.onnx());
    }

    /** Every byte of both factors at its largest: what 16 bits cannot hold where processors add pairs of products. */
    @Test
    void productsOfTheLargestBytesAreExact() {
        float[] ones = new float[INPUTS * OUTPUTS];
        Arrays.fill(ones, 1);
        byte[] model =
                graph.finish(graph.node("MatMul", input, graph.constant("w", ones, INPUTS, OUTPUTS)), "y", ANSWER);
        float[] row = new float[INPUTS];
        Arrays.fill(row, 1);
        try (OnnxModel child = OnnxModel.load(OnnxQuantizer.quantize(model).onnx())) {
            float[] sums = new float[OUTPUTS];
            Arrays.fill(sums, INPUTS);
            assertThat(child.predict(row, 1, INPUTS)).containsExactly(sums, within(1e-3f));
        }
        assertThat(2 * 255 * Int8Matrix.LIMIT).as("the sum of a pair").isLessThanOrEqualTo(Short.MAX_VALUE);
    }

    @Test
    void refusesWhatHasNothingToQuantise() {
        byte[] model = graph.finish(graph.node("Relu", input), "y", ROW);
        assertThatThrownBy(() -> OnnxQuantizer.quantize(model))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(
                        "the model has nothing to quantise (expected: a MatMul or Gemm with, or a Gather from, a constant"
                                + " matrix of 32-bit floats of at least 4096 bytes)");
    }

    @Test
    void refusesOldOperators() {
        ModelProto model = parse(finish(graph.node("MatMul", input, weight("w", 1, INPUTS, OUTPUTS))));
        byte[] old = model.toBuilder()
                .setOpsetImport(0, model.getOpsetImport(0).toBuilder().setVersion(10))
                .build()
                .toByteArray();
        assertThatThrownBy(() -> OnnxQuantizer.quantize(old))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("the parent's model has operators of opset 10 (expected: at least 11)");
    }

    @Test
    void refusesWeightsBesideTheModel() {
        ModelProto model = parse(finish(graph.node("MatMul", input, weight("w", 1, INPUTS, OUTPUTS))));
        TensorProto outside = model.getGraph().getInitializer(0).toBuilder()
                .clearRawData()
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .build();
        byte[] external = model.toBuilder()
                .setGraph(model.getGraph().toBuilder().setInitializer(0, outside))
                .build()
                .toByteArray();
        assertThatThrownBy(() -> OnnxQuantizer.quantize(external))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(
                        "the parent's model has the weights of %s in a file beside it (expected: all within the model)"
                                .formatted(outside.getName()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no model at all"})
    void refusesWhatIsNoModel(String content) {
        assertThatThrownBy(() -> OnnxQuantizer.quantize(content.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("(expected: an ONNX model)");
    }

    private byte[] finish(String answer) {
        return graph.finish(answer, "y", ANSWER);
    }

    private String weight(String hint, long seed, long rows, long columns) {
        return graph.constant(hint, random(seed, Math.toIntExact(rows * columns)), rows, columns);
    }

    private static void assertAnswersAlike(byte[] parentModel, byte[] childModel) {
        try (OnnxModel parent = OnnxModel.load(parentModel);
                OnnxModel child = OnnxModel.load(childModel)) {
            for (long rows : new long[] {1, 7}) {
                float[] values = random(rows, Math.toIntExact(rows * INPUTS));
                assertThat(Cosine.of(parent.predict(values, rows, INPUTS), child.predict(values, rows, INPUTS)))
                        .isGreaterThan(0.999);
            }
        }
    }

    private static float[] random(long seed, int count) {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static AttributeProto branch(String name, String operator, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(GraphProto.newBuilder()
                        .setName(name)
                        .addNode(node)
                        .addOutput(ValueInfoProto.newBuilder().setName(output)))
                .build();
    }

    private static ModelProto edit(ModelProto model, UnaryOperator<NodeProto> edit) {
        List<NodeProto> nodes =
                model.getGraph().getNodeList().stream().map(edit).toList();
        return model.toBuilder()
                .setGraph(model.getGraph().toBuilder().clearNode().addAllNode(nodes))
                .build();
    }

    private static GraphProto renamed(GraphProto graph, String from, String to) {
        GraphProto.Builder renamed = graph.toBuilder().clearNode().clearInitializer();
        graph.getInitializerList()
                .forEach(tensor -> renamed.addInitializer(
                        tensor.getName().equals(from)
                                ? tensor.toBuilder().setName(to).build()
                                : tensor));
        graph.getNodeList().forEach(node -> {
            NodeProto.Builder copy = node.toBuilder().clearInput();
            node.getInputList().forEach(name -> copy.addInput(name.equals(from) ? to : name));
            renamed.addNode(copy);
        });
        return renamed.build();
    }

    private static List<String> operators(byte[] model) {
        return parse(model).getGraph().getNodeList().stream()
                .map(NodeProto::getOpType)
                .toList();
    }

    private static List<String> initializers(byte[] model) {
        return parse(model).getGraph().getInitializerList().stream()
                .map(TensorProto::getName)
                .toList();
    }

    private static ModelProto parse(byte[] model) {
        try {
            return ModelProto.parseFrom(model);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
