package io.modelmill.worker.quantize;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.worker.failure.JobFailedException;

/**
 * Rewrites a model so that its large constant matrices are 8-bit integers: about a quarter of the size, and products that
 * processors compute faster. Whatever else the graph has stays as it is, graphs inside nodes and convolutions with it.
 */
public final class OnnxQuantizer {
    /** Matrices below this gain nothing: the nodes around them take longer than the product saves. */
    static final long LEAST_BYTES = 4 << 10;

    /** The first with DynamicQuantizeLinear. */
    private static final long LEAST_OPSET = 11;

    private OnnxQuantizer() {}

    /**
     * Rewrites a model.
     *
     * @param model its file, all weights within
     * @throws JobFailedException when the model is none that can be rewritten, or has nothing to rewrite
     */
    public static QuantizedModel quantize(byte[] model) {
        ModelProto parsed = parse(model);
        checkOpset(parsed);
        checkWeights(parsed.getGraph());
        GraphProto graph = parsed.getGraph();
        var rewrite = new GraphRewrite(graph);
        var products = new ProductRewrite(new GraphConstants(graph), rewrite, LEAST_BYTES);
        graph.getNodeList().forEach(products::take);
        if (products.products() + products.lookUps() == 0) {
            throw new JobFailedException(
                    ("the model has nothing to quantise (expected: a MatMul or Gemm with, or a Gather"
                                    + " from, a constant matrix of 32-bit floats of at least %d bytes)")
                            .formatted(LEAST_BYTES));
        }
        byte[] rewritten = parsed.toBuilder().setGraph(rewrite.finish()).build().toByteArray();
        return new QuantizedModel(
                rewritten,
                new QuantizationReport(
                        products.products(), products.lookUps(), products.left(), model.length, rewritten.length));
    }

    private static ModelProto parse(byte[] model) {
        try {
            ModelProto parsed = ModelProto.parseFrom(model);
            if (parsed.getGraph().getNodeCount() > 0) {
                return parsed;
            }
            throw new JobFailedException("the parent's model has no nodes (expected: an ONNX model)");
        } catch (InvalidProtocolBufferException e) {
            throw new JobFailedException(
                    "the parent's model cannot be read: %s (expected: an ONNX model)".formatted(e.getMessage()));
        }
    }

    private static void checkOpset(ModelProto model) {
        long opset = model.getOpsetImportList().stream()
                .filter(imported ->
                        imported.getDomain().isEmpty() || imported.getDomain().equals("ai.onnx"))
                .mapToLong(OperatorSetIdProto::getVersion)
                .findFirst()
                .orElse(1);
        if (opset < LEAST_OPSET) {
            throw new JobFailedException("the parent's model has operators of opset %d (expected: at least %d)"
                    .formatted(opset, LEAST_OPSET));
        }
    }

    private static void checkWeights(GraphProto graph) {
        for (TensorProto tensor : graph.getInitializerList()) {
            if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
                throw new JobFailedException(
                        "the parent's model has the weights of %s in a file beside it (expected: all within the model)"
                                .formatted(tensor.getName()));
            }
        }
    }
}
