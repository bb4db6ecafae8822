package io.modelmill.benchmarks.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The models that are made on the spot, with random weights: what they answer is of no use, what they cost is. */
public final class BenchModels {
    private static final long SEED = 1;
    private static final int CLASSES = 10;
    private static final int IMAGE = 224;
    private static final String FEATURES = "features";
    private static final String IMAGES = "images";

    private BenchModels() {}

    /** 784-128-10: the network of handwritten digits. */
    public static BenchModel mlp() {
        return dense("mlp", 784, 128);
    }

    /** 2-10: as little as a model can be. */
    public static BenchModel tiny() {
        return dense("tiny", 2);
    }

    /** 256-128-10, whose request is about 1 KB. */
    public static BenchModel small() {
        return dense("mlp-1kb", 256, 128);
    }

    /** 784-2048-2048-10: about a millisecond of work for a request of 3 KB. */
    public static BenchModel wide() {
        return dense("mlp-wide", 784, 2048, 2048);
    }

    /** 3 x 224 x 224, about 600 KB, of which only the channels' means are used: much to carry, little to compute. */
    public static BenchModel pooledImage() {
        OnnxGraph graph = new OnnxGraph(SEED);
        String images = graph.input(IMAGES, 3, IMAGE, IMAGE);
        String means = graph.layer("Flatten", graph.layer("GlobalAveragePool", images));
        byte[] bytes = graph.finish(graph.dense(means, 3, CLASSES), "scores", CLASSES);
        return new BenchModel("image-600kb", bytes, List.of(floats(IMAGES, 3, IMAGE, IMAGE)));
    }

    /** 3 x 16 x 16 by two convolutions: as little as a convolutional network can be. */
    public static BenchModel smallImages() {
        OnnxGraph graph = new OnnxGraph(SEED);
        String images = graph.input(IMAGES, 3, 16, 16);
        String first = graph.maxPool(graph.layer("Relu", graph.convolution(images, 3, 8, 3, 1)));
        String second = graph.layer("Relu", graph.convolution(first, 8, 16, 3, 2));
        String means = graph.layer("Flatten", graph.layer("GlobalAveragePool", second));
        byte[] bytes = graph.finish(graph.dense(means, 16, CLASSES), "scores", CLASSES);
        return new BenchModel("images-small", bytes, List.of(floats(IMAGES, 3, 16, 16)));
    }

    /** ResNet-18 for 3 x 224 x 224, batch normalisation folded into the convolutions as an exporter does. */
    public static BenchModel resNet18() {
        OnnxGraph graph = new OnnxGraph(SEED);
        String images = graph.input(IMAGES, 3, IMAGE, IMAGE);
        String last = graph.maxPool(graph.layer("Relu", graph.convolution(images, 3, 64, 7, 2)));
        int channels = 64;
        for (int outputs : List.of(64, 128, 256, 512)) {
            last = block(graph, last, channels, outputs);
            last = block(graph, last, outputs, outputs);
            channels = outputs;
        }
        String means = graph.layer("Flatten", graph.layer("GlobalAveragePool", last));
        byte[] bytes = graph.finish(graph.dense(means, 512, 1000), "scores", 1000);
        return new BenchModel("resnet18", bytes, List.of(floats(IMAGES, 3, IMAGE, IMAGE)));
    }

    /** Two convolutions and a way around them; where the width grows, the picture halves. */
    private static String block(OnnxGraph graph, String from, int inputs, int outputs) {
        int stride = inputs == outputs ? 1 : 2;
        String around = inputs == outputs ? from : graph.convolution(from, inputs, outputs, 1, stride);
        String first = graph.layer("Relu", graph.convolution(from, inputs, outputs, 3, stride));
        return graph.layer("Relu", graph.layer("Add", graph.convolution(first, outputs, outputs, 3, 1), around));
    }

    private static BenchModel dense(String name, int inputs, int... hidden) {
        OnnxGraph graph = new OnnxGraph(SEED);
        String last = graph.input(FEATURES, inputs);
        int width = inputs;
        for (int outputs : hidden) {
            last = graph.layer("Relu", graph.dense(last, width, outputs));
            width = outputs;
        }
        last = graph.layer("Softmax", graph.dense(last, width, CLASSES));
        return new BenchModel(name, graph.finish(last, "probabilities", CLASSES), List.of(floats(FEATURES, inputs)));
    }

    private static Input floats(String name, int... row) {
        int count = 1;
        List<Long> shape = new ArrayList<>(List.of(1L));
        for (int axis : row) {
            count *= axis;
            shape.add((long) axis);
        }
        SplittableRandom random = new SplittableRandom(SEED);
        ByteBuffer raw = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (raw.hasRemaining()) {
            raw.putFloat((float) random.nextDouble());
        }
        return new Input(name, "FP32", shape, raw.array());
    }
}
