package io.modelmill.benchmarks.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A graph of FP32 layers with random weights, written layer by layer; a layer answers the name of its output. Weights
 * shrink with the number of inputs, so that values stay in range however deep it is.
 */
final class OnnxGraph {
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("benchmark");
    private final SplittableRandom random;
    private int names;

    OnnxGraph(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** An input whose first axis, the rows, is variable. */
    String input(String name, long... row) {
        graph.addInput(value(name, row));
        return name;
    }

    /** A fully connected layer. */
    String dense(String from, int inputs, int outputs) {
        return node("Gemm", List.of(from, weights(inputs, inputs, outputs), weights(inputs, outputs)), List.of());
    }

    /** A square convolution with a bias: what is left of one with a batch normalisation after it. */
    String convolution(String from, int inputs, int outputs, int size, int stride) {
        int fan = inputs * size * size;
        long pad = size / 2;
        return node(
                "Conv",
                List.of(from, weights(fan, outputs, inputs, size, size), weights(fan, outputs)),
                List.of(
                        integers("kernel_shape", size, size),
                        integers("strides", stride, stride),
                        integers("pads", pad, pad, pad, pad)));
    }

    /** The largest of 3 x 3 values, at every second place. */
    String maxPool(String from) {
        return node(
                "MaxPool",
                List.of(from),
                List.of(integers("kernel_shape", 3, 3), integers("strides", 2, 2), integers("pads", 1, 1, 1, 1)));
    }

    /** A layer without weights. */
    String layer(String operator, String... from) {
        return node(operator, List.of(from), List.of());
    }

    /** Ends the graph with its one output. */
    byte[] finish(String from, String name, long... row) {
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType("Identity")
                .addInput(from)
                .addOutput(name));
        graph.addOutput(value(name, row));
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("modelmill")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private String node(String operator, List<String> inputs, List<AttributeProto> attributes) {
        String name = operator.toLowerCase(Locale.ROOT) + "_" + names++;
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllInput(inputs)
                .addAllAttribute(attributes)
                .addOutput(name));
        return name;
    }

    private String weights(int fan, long... shape) {
        int count = 1;
        for (long axis : shape) {
            count = Math.multiplyExact(count, (int) axis);
        }
        double bound = Math.sqrt(3.0 / fan);
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(count, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextDouble(-bound, bound));
        }
        String name = "weights_" + names++;
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .setRawData(UnsafeByteOperations.unsafeWrap(bytes.flip()));
        for (long axis : shape) {
            tensor.addDims(axis);
        }
        graph.addInitializer(tensor);
        return name;
    }

    private static AttributeProto integers(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    private static ValueInfoProto value(String name, long... row) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"));
        for (long axis : row) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(axis));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }
}
